import { AppError, hasCode } from '../contract/app-error.ts';
import type { EntryPath } from '../contract/path.ts';
import type { FileEntry } from '../files/files-service.ts';
import type { OpenLink } from '../links/link-gate.ts';
import { resolveSharedPath } from '../links/shared-path.ts';
import type { HttpDependencies } from './http-dependencies.ts';

/** Something under a link that was asked for by itself, and the name under which it is handed out. */
export type SharedItem = { sharedPath: string; path: EntryPath; name: string };

/** The items that are still there, under their names in the link; what another program deleted is left out. */
export async function findItems(
  { files }: Pick<HttpDependencies, 'files'>,
  { actor }: OpenLink,
): Promise<FileEntry[]> {
  const found = await Promise.all(
    actor.items.map(async (item) => {
      try {
        return { ...(await files.stat(actor, item.path, 'read')), name: item.name };
      } catch (error) {
        if (hasCode(error, 'not_found')) return undefined;
        throw error;
      }
    }),
  );
  const items = found.filter((item) => item !== undefined);
  if (items.length === 0)
    throw new AppError('gone', 'What this link led to is gone.', { reason: 'orphaned' });
  return items;
}

/** What the given paths under the link stand for; without any, all of its items. */
export async function selectItems(
  services: Pick<HttpDependencies, 'files'>,
  link: OpenLink,
  item: string | string[] | undefined,
): Promise<SharedItem[]> {
  const wanted =
    item === undefined ? (await findItems(services, link)).map(({ name }) => name) : [item].flat();
  return wanted.map((sharedPath) => ({
    sharedPath,
    path: resolveSharedPath(link.actor, sharedPath),
    name: sharedPath.slice(sharedPath.lastIndexOf('/') + 1),
  }));
}
