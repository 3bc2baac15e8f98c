/** One line of the table that the whole bench prints. */
export type Row = {
  work: string;
  drey: string;
  peer: string;
  /** Ours against the peer's, as the target means it. */
  ratio: string;
  target: string;
  isMet: boolean | undefined;
};

export function toMarkdown(rows: readonly Row[]): string {
  const lines = rows.map(({ work, drey, peer, ratio, target, isMet }) => {
    const verdict = isMet === undefined ? '' : isMet ? 'yes' : '**no**';
    return `| ${[work, drey, peer, ratio, target, verdict].join(' | ')} |`;
  });
  return [
    '| work | Drey | peer | ratio | must reach | reached |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

export function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

export function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
}
