import { createIdentifier } from '../base/identifier.ts';
import { hasCode } from '../contract/app-error.ts';
import { reservedName } from '../contract/path.ts';
import type { EntryName, PathInRoot } from '../contract/path.ts';
import { boundedForEach } from './bounded-map.ts';
import type { Driver, StoredEntry } from './driver.ts';
import { childPath } from './root-path.ts';
import { unlessGone } from './sorted-listing.ts';
import { nameTaken } from './storage-errors.ts';
import { walkTree } from './tree-walk.ts';

/** One place in one back end. */
export type Place = { driver: Driver; path: PathInRoot };
export type CopyOptions = { replace?: boolean; signal?: AbortSignal };

const temporaryFolder = `${reservedName}/temporary` as PathInRoot;

/**
 * Copies a file or a whole tree. It is built out of sight and moved into place in one step, so that a copy which fails
 * or is aborted was never there. Symbolic links and whatever else Drey does not show are left out.
 */
export async function copyTree(
  from: Place,
  to: Place,
  { replace = false, signal }: CopyOptions,
): Promise<void> {
  const { driver } = to;
  if (!replace && (await unlessGone(driver, driver.stat(to.path)))) throw nameTaken();
  if (!driver.move) return buildTree(from, to, signal);
  await makeTemporaryFolder(driver);
  const built = `${temporaryFolder}/${createIdentifier()}` as PathInRoot;
  try {
    await buildTree(from, { driver, path: built }, signal);
    await driver.move(built, to.path, { replace });
  } catch (error) {
    await driver.remove(built).catch(() => {});
    throw error;
  }
}

/** Several files at once: most of the time of a small one is spent waiting until it is safely on the disk. */
const simultaneousCopies = 8;

async function buildTree(from: Place, to: Place, signal: AbortSignal | undefined): Promise<void> {
  await boundedForEach(
    filesToCopy(from, to, signal),
    simultaneousCopies,
    async ({ source, target, entry }) => {
      await copyFile(source, target, entry, signal);
    },
  );
}

/** The files of the tree, each once the directory it goes to has been made. */
async function* filesToCopy(from: Place, to: Place, signal: AbortSignal | undefined) {
  for await (const { path, entry } of walkTree(from.driver, from.path, signal)) {
    const below = path.slice(from.path.length).replace(/^\//, '');
    const target = {
      driver: to.driver,
      path: below === '' ? to.path : childPath(to.path, below as EntryName),
    };
    if (entry.kind === 'directory') await to.driver.makeDirectory(target.path);
    else yield { source: { driver: from.driver, path }, target, entry };
  }
}

async function copyFile(
  from: Place,
  to: Place,
  { modifiedAt }: StoredEntry,
  signal: AbortSignal | undefined,
) {
  const options = { modifiedAt, signal };
  if (from.driver === to.driver && to.driver.copy) return to.driver.copy(from.path, to.path, options);
  const file = await from.driver.open(from.path);
  try {
    return await to.driver.write(to.path, file.bytes(), options);
  } finally {
    file.close();
  }
}

async function makeTemporaryFolder(driver: Driver): Promise<void> {
  for (const path of [reservedName as PathInRoot, temporaryFolder]) {
    await driver.makeDirectory(path).catch((error: unknown) => {
      if (!hasCode(driver.classify(error), 'precondition_failed')) throw error;
    });
  }
}
