import { formatBytes } from '../../format/bytes.ts';
import type { DroppedItem } from './drop-reader.ts';

export type UploadState = 'waiting' | 'paused' | 'uploading' | 'asking' | 'stored' | 'skipped' | 'failed';

/** What to do where a name is taken. `newer` replaces what was modified earlier than ours; `ask` asks the person. */
export type ConflictRule = 'ask' | 'rename' | 'replace' | 'newer' | 'skip';
export type ConflictAnswer = Exclude<ConflictRule, 'ask'>;

/** Everything that came in by one drop or one choice of files. */
export type UploadBatch = {
  /** Under this the server keeps what is needed to take the whole back. */
  readonly id: string;
  /** The folder they go into. */
  readonly targetUri: string;
  /** Answered once, it holds for the rest of the batch. */
  rule: ConflictRule;
  /** Stops the reading of a drop that is still going on. */
  isCancelled: boolean;
  /** The largest file that may be stored there, where that is known. */
  readonly maxFileBytes: number | undefined;
  /** How many came in, and how many of them need nothing any more. */
  total: number;
  done: number;
};

/** Why something was not stored, as the server or this computer put it. */
export type Refusal = { code: string; reason?: string | undefined; message: string };

/** What has the name already. */
export type Existing = {
  kind: 'file' | 'directory';
  size: number | null;
  modifiedAt: string;
  etag: string | undefined;
  /** Of its bytes, in hexadecimal; null where nobody knows. */
  sha256: string | null;
};

/**
 * One file or empty folder on its way. A plain object on purpose, and a small one: a hundred thousand of them are no
 * reactive state; the tray draws the few in sight again whenever a new picture of the whole is published.
 */
export type UploadItem = {
  readonly id: number;
  readonly batch: UploadBatch;
  readonly kind: DroppedItem['kind'];
  /** Relative to the target, as it is shown. */
  readonly path: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  /** Let go of when it is stored: a file that is held costs the browser several kilobytes. */
  file: File | undefined;
  state: UploadState;
  sentBytes: number;
  /** Whether it waits for the connection to come back. */
  isStalled: boolean;
  message: string | undefined;
  /** What the server is to do should the name be taken: decided by the person, or for them by the batch's rule. */
  decided: 'rename' | 'replace' | undefined;
  /** What has its name, where that is known. */
  existing: Existing | undefined;
  /** The server found the name taken. */
  wasRefused: boolean;
  /** It was sent and no answer came, so it may be there. */
  mayBeStored: boolean;
  /** Where the server gathers its bytes, for a large one that was begun. */
  uploadUrl: string | undefined;
  /** False where trying again cannot help: a name that is refused, a file that cannot be read. */
  readonly canRetry: boolean;
  /** The transfer under way; that of small files is shared by all that travel together. */
  transfer: Transfer | undefined;
};

export type Transfer = {
  /** Settles when the file is stored or the transfer was ended; rejects with a `Refusal`. */
  done: Promise<void>;
  /** Ends it and leaves nothing on the server. */
  cancel: () => Promise<void>;
  /** Ends it for now: what the server has, it keeps. */
  pause: () => void;
};

export function createUploadBatch(targetUri: string, id: string, maxFileBytes?: number): UploadBatch {
  return { id, targetUri, rule: 'ask', isCancelled: false, maxFileBytes, total: 0, done: 0 };
}

/** What the server is to do where the name is taken. */
export function onConflictOf({ decided }: UploadItem): 'fail' | 'rename' | 'replace' {
  return decided ?? 'fail';
}

export function nameOfItem({ path }: UploadItem): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The parts of the path language that an item needs; they are the contract's. */
export type PathRules = {
  explainBadName: (name: string) => string | undefined;
  encodePath: (path: string) => string;
};

let lastId = 0;

function explainTooLarge(size: number, { maxFileBytes = Infinity }: UploadBatch): string | undefined {
  if (size <= maxFileBytes) return undefined;
  return `It has ${formatBytes(size)}; the largest file that may be stored here has ${formatBytes(maxFileBytes)}.`;
}

/** A name that the server would refuse makes an item that has failed already and says why. */
export function createUploadItem(batch: UploadBatch, dropped: DroppedItem, rules: PathRules): UploadItem {
  const problem = dropped.path.split('/').map(rules.explainBadName).find(Boolean);
  const file = dropped.kind === 'file' ? dropped.file : undefined;
  const refused =
    dropped.kind === 'failed'
      ? dropped.message
      : problem
        ? `Cannot be stored: ${problem}.`
        : file && explainTooLarge(file.size, batch);
  return {
    id: ++lastId,
    batch,
    kind: dropped.kind,
    path: dropped.path,
    size: file?.size ?? 0,
    modifiedAt: file?.lastModified ?? 0,
    file,
    state: refused ? 'failed' : 'waiting',
    sentBytes: 0,
    isStalled: false,
    message: refused,
    decided: undefined,
    existing: undefined,
    wasRefused: false,
    mayBeStored: false,
    uploadUrl: undefined,
    canRetry: !refused,
    transfer: undefined,
  };
}
