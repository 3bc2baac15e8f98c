import { parseEntryPath } from '../server/contract/path.ts';
import type { Entry } from '../server/contract/schemas.ts';
import type { StorageApi } from './storage-api.ts';

/** The roots that one can see, as the entries of the cluster's top. */
export async function listRootEntries(api: StorageApi): Promise<Entry[]> {
  const roots = await api.listRoots();
  const entries = await Promise.all(roots.map(({ name }) => api.find(parseEntryPath(name))));
  return entries.filter((entry) => entry !== undefined);
}
