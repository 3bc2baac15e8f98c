import { api } from '$lib/api/client.ts';
import type { UndoOutcome } from './undo-words.ts';

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
