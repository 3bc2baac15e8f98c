import { askUnit, parseSize, writeSize } from '../../../../server/contract/size.ts';
import type { DropLimits, NewLink } from '../../../../server/contract/schemas.ts';

/** What a link is for, as it stands in a form: giving files, exactly as they are or not, or taking them, within limits. */
export type LinkKind = {
  mode: 'read' | 'drop';
  pinned: boolean;
  types: string;
  fileSize: string;
  totalSize: string;
  fileCount: string;
};
export type KindProblems = Partial<Record<'types' | 'fileSize' | 'totalSize' | 'fileCount', string>>;

export const plainKind: LinkKind = {
  mode: 'read',
  pinned: false,
  types: '',
  fileSize: '',
  totalSize: '',
  fileCount: '',
};

export function kindOf({ types, maxFileBytes, maxBytes, maxFiles }: DropLimits): LinkKind {
  return {
    ...plainKind,
    mode: 'drop',
    types: types?.join(', ') ?? '',
    fileSize: sizeText(maxFileBytes),
    totalSize: sizeText(maxBytes),
    fileCount: maxFiles?.toString() ?? '',
  };
}

export function isPlainKind({ mode, pinned }: LinkKind): boolean {
  return mode === 'read' && !pinned;
}

/** As the server takes it. */
export function toKindFields(kind: LinkKind): Pick<NewLink, 'mode' | 'pinned' | 'drop'> {
  return kind.mode === 'drop' ? { mode: 'drop', drop: toDropLimits(kind) } : { pinned: kind.pinned };
}

export function toDropLimits({ types, fileSize, totalSize, fileCount }: LinkKind): DropLimits {
  const endings = types.split(/[\s,;]+/).filter(Boolean);
  return {
    types: endings.length > 0 ? endings : null,
    maxFileBytes: parseLimit(fileSize) ?? null,
    maxBytes: parseLimit(totalSize) ?? null,
    maxFiles: fileCount.trim() ? Number(fileCount) : null,
  };
}

/** Why it cannot be sent, field by field; undefined when it can. */
export function explainBadKind(kind: LinkKind): KindProblems | undefined {
  if (kind.mode === 'read') return undefined;
  const problems: KindProblems = {};
  for (const field of ['fileSize', 'totalSize'] as const) {
    const problem = askUnit(kind[field]);
    if (problem) problems[field] = problem;
    else if (Number.isNaN(parseLimit(kind[field])))
      problems[field] = 'Write a size such as 500M or 20G, or nothing.';
  }
  if (!/^\s*([1-9]\d{0,5})?\s*$/.test(kind.fileCount))
    problems.fileCount = 'Write a whole number, or nothing.';
  const isEnding = (text: string) => /^\.?[a-z0-9][a-z0-9.+_-]{0,30}$/i.test(text);
  if (
    !kind.types
      .split(/[\s,;]+/)
      .filter(Boolean)
      .every(isEnding)
  )
    problems.types = 'Write endings of names, such as jpg, png, tar.gz.';
  return Object.keys(problems).length > 0 ? problems : undefined;
}

/** Bytes; undefined for an empty text, NaN for one that is no size. */
function parseLimit(text: string): number | undefined {
  return text.trim() === '' ? undefined : parseSize(text) || NaN;
}

function sizeText(bytes: number | null): string {
  return bytes === null ? '' : writeSize(bytes);
}
