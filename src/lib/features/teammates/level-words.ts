import { levels, type Level } from '$contract/level.ts';

/** What a level is called, and what it lets somebody do. */
export const levelWords: Record<Level, { name: string; verb: string; text: string }> = {
  list: { name: 'List', verb: 'list', text: 'Can see names, but open nothing.' },
  read: { name: 'Read', verb: 'read', text: 'Can open and download.' },
  write: { name: 'Write', verb: 'change', text: 'Can also add, change and delete.' },
  manage: { name: 'Manage', verb: 'manage', text: 'Can also share it with others.' },
};

/** The levels that somebody who has `own` may hand on, the lowest first. */
export function levelsUpTo(own: Level): Level[] {
  return levels.slice(0, levels.indexOf(own) + 1);
}
