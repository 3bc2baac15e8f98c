import { parseEntryPath, type EntryPath } from '../contract/path.ts';
import { notFound } from '../access/access-control.ts';
import type { LinkActor } from '../access/actor.ts';

/** The entry that a path under a link stands for; its first segment names the item. Throws `not_found`. */
export function resolveSharedPath(actor: LinkActor, sharedPath: string): EntryPath {
  const slash = sharedPath.indexOf('/');
  const name = slash === -1 ? sharedPath : sharedPath.slice(0, slash);
  const item = actor.items.find((candidate) => candidate.name === name);
  // Were a folder to stand where a file was, what is in it is not handed out.
  if (!item || (slash !== -1 && item.kind === 'file')) throw notFound();
  return slash === -1 ? item.path : parseEntryPath(`${item.path}${sharedPath.slice(slash)}`);
}
