import type { DroppedItem } from './drop-reader.ts';

export type UploadState = 'waiting' | 'uploading' | 'asking' | 'stored' | 'skipped' | 'failed';

/** What to do where the name is taken; `fail` asks the person. */
export type ConflictChoice = 'fail' | 'rename' | 'replace' | 'skip';

/** Everything that came in by one drop or one choice of files. */
export type UploadBatch = {
  /** The folder they go into. */
  readonly targetUri: string;
  /** Answered once with "do this for all", it holds for the rest of the batch. */
  onConflict: ConflictChoice;
  /** Stops the reading of a drop that is still going on. */
  isCancelled: boolean;
};

/** Why something was not stored, as the server or this computer put it. */
export type Refusal = { code: string; reason?: string | undefined; message: string };

/**
 * One file or empty folder on its way. A plain object on purpose: ten thousand of them are no reactive state; the
 * tray draws the few in sight again whenever a new picture of the whole is published.
 */
export type UploadItem = {
  readonly id: number;
  readonly batch: UploadBatch;
  readonly kind: DroppedItem['kind'];
  /** Relative to the target, as it is shown. */
  readonly path: string;
  readonly uri: string;
  /** The folder that will list it. */
  readonly folderUri: string;
  readonly size: number;
  readonly file: File | undefined;
  onConflict: ConflictChoice;
  state: UploadState;
  sentBytes: number;
  /** Whether it waits for the connection to come back. */
  isStalled: boolean;
  message: string | undefined;
  /** It was sent and no answer came, so it may be there. */
  mayBeStored: boolean;
  /** False where trying again cannot help: a name that is refused, a file that cannot be read. */
  readonly canRetry: boolean;
  /** Stops the transfer under way; with small files, that of all that travel with it. */
  cancel: (() => Promise<void>) | undefined;
};

/** What the server is to do where the name is taken. It must say so for a name to be skipped. */
export function onConflictOf({ onConflict, batch }: UploadItem): Exclude<ConflictChoice, 'skip'> {
  const choice = onConflict === 'fail' ? batch.onConflict : onConflict;
  return choice === 'skip' ? 'fail' : choice;
}

let lastId = 0;

/** The parts of the path language that an item needs; they are the contract's. */
export type PathRules = {
  explainBadName: (name: string) => string | undefined;
  encodePath: (path: string) => string;
};

/** A name that the server would refuse makes an item that has failed already and says why. */
export function createUploadItem(batch: UploadBatch, dropped: DroppedItem, rules: PathRules): UploadItem {
  const problem = dropped.path.split('/').map(rules.explainBadName).find(Boolean);
  const uri = problem ? '' : `${batch.targetUri}/${rules.encodePath(dropped.path)}`;
  const refused = dropped.kind === 'failed' ? dropped.message : problem && `Cannot be stored: ${problem}.`;
  return {
    id: ++lastId,
    batch,
    kind: dropped.kind,
    path: dropped.path,
    uri,
    folderUri: uri.slice(0, uri.lastIndexOf('/')),
    size: dropped.kind === 'file' ? dropped.file.size : 0,
    file: dropped.kind === 'file' ? dropped.file : undefined,
    onConflict: 'fail',
    state: refused ? 'failed' : 'waiting',
    sentBytes: 0,
    isStalled: false,
    message: refused,
    mayBeStored: false,
    canRetry: !refused,
    cancel: undefined,
  };
}
