import { api } from '$lib/api/client.ts';
import { countOf } from '$lib/format/count.ts';

export type UndoOutcome = {
  uri: string;
  kind: 'file' | 'directory';
  outcome: 'removed' | 'restored' | 'changed' | 'gone' | 'not_empty' | 'failed';
};
type DropSummary = { undoableUntil: string };
type DropUndo = { items: UndoOutcome[]; remaining: number };

/** Until when all of the drops can be undone; undefined when one cannot, or nothing of them is known. */
export async function undoableUntil(drops: readonly string[]): Promise<Date | undefined> {
  if (drops.length === 0) return undefined;
  try {
    const found = await Promise.all(drops.map((drop) => api.get<DropSummary>(`/drops/${drop}`)));
    return new Date(Math.min(...found.map((drop) => new Date(drop.undoableUntil).getTime())));
  } catch {
    return undefined;
  }
}

/** Takes back what the drops added and puts back what they replaced. Calls back with how many entries are left. */
export async function undoDrops(
  drops: readonly string[],
  onProgress: (remaining: number) => void,
): Promise<UndoOutcome[]> {
  const outcomes: UndoOutcome[] = [];
  for (const drop of drops) {
    for (let remaining = 1; remaining > 0; onProgress(remaining)) {
      const answer = await api.post<DropUndo>(`/drops/${drop}/undo`);
      outcomes.push(...answer.items);
      remaining = answer.items.length === 0 ? 0 : answer.remaining;
    }
  }
  return outcomes;
}

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
    changed > 0 && `${countOf(changed, 'file was', 'files were')} changed since and stay`,
    failed > 0 && `${countOf(failed, 'file')} could not be taken back`,
  ].filter(Boolean);
  const words = [done.join(' and ') || 'Nothing was taken back', ...left].join('. ');
  return { message: `${words}.`, isWhole: left.length === 0 };
}
