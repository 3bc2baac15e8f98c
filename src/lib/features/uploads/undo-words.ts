import { countOf } from '../../format/count.ts';

/** What became of one entry of a drop that was undone. */
export type UndoOutcome = {
  uri: string;
  kind: 'file' | 'directory';
  outcome: 'removed' | 'restored' | 'changed' | 'gone' | 'not_empty' | 'failed';
};

/** What was taken back, and what was not and why. */
export function undoWords(outcomes: readonly UndoOutcome[]): { message: string; isWhole: boolean } {
  const files = outcomes.filter(({ kind }) => kind === 'file');
  const count = (outcome: UndoOutcome['outcome']) => files.filter((one) => one.outcome === outcome).length;
  const [removed, restored, changed, failed] = [
    count('removed'),
    count('restored'),
    count('changed'),
    count('failed'),
  ];
  const done = [
    removed > 0 && `Took back ${countOf(removed, 'file')}`,
    restored > 0 && `${removed > 0 ? 'put' : 'Put'} back ${countOf(restored, 'replaced file')}`,
  ].filter(Boolean);
  const left = [
    changed > 0 &&
      (changed === 1
        ? '1 file was changed since and stays'
        : `${countOf(changed, 'file')} were changed since and stay`),
    failed > 0 && `${countOf(failed, 'file')} could not be taken back`,
  ].filter(Boolean);
  const words = [done.join(' and ') || 'Nothing was taken back', ...left].join('. ');
  return { message: `${words}.`, isWhole: left.length === 0 };
}
