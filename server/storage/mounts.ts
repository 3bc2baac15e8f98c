import { lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { syncFolder } from '../base/sync-folder.ts';
import { AppError } from '../contract/app-error.ts';
import { containsPath, reservedName } from '../contract/path.ts';
import type { EntryName } from '../contract/path.ts';
import type { Driver } from './driver.ts';
import { notFound } from './storage-errors.ts';
import { LocalDriver } from './drivers/local-driver.ts';

/**
 * Which back end each root is: mounted under a name, or a home, the folder `<homesFolder>/<name>`. Homes are opened
 * when they are first used. The two share one space of names.
 */
export class Mounts {
  readonly #homesFolder: string;
  readonly #dataFolder: string;
  readonly #mounted = new Map<EntryName, Driver>();
  readonly #homes = new Map<EntryName, Driver>();
  readonly #mountedFolders = new Map<string, EntryName>();

  /** `dataFolder` is what no mounted folder may reach into; `homesFolder` is made when it is missing. */
  constructor({ dataFolder, homesFolder }: { dataFolder: string; homesFolder: string }) {
    mkdirSync(homesFolder, { recursive: true, mode: 0o700 });
    this.#homesFolder = realpathSync.native(homesFolder);
    this.#dataFolder = realpathSync.native(dataFolder);
  }

  /**
   * Makes the home of a new user. Throws `conflict` when something is mounted under that name, or when a folder with
   * files is there: what someone left behind must not become the next one's of the same name.
   */
  createHome(name: EntryName): void {
    if (this.#mounted.has(name)) throw nameInUse(name);
    const folder = `${this.#homesFolder}/${name}`;
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    if (readdirSync(folder).some((child) => child !== reservedName)) {
      throw new AppError(
        'conflict',
        `The home "${name}" of an earlier user still holds files. Move them away first.`,
        {
          reason: 'home_in_use',
        },
      );
    }
  }

  /** Throws `conflict` when a mount or a home has that name. */
  mount(name: EntryName, driver: Driver): void {
    if (this.#mounted.has(name) || this.#hasHome(name)) throw nameInUse(name);
    this.#mounted.set(name, driver);
  }

  /**
   * Mounts a folder of this machine. Throws `conflict`, with reason `overlapping_mount`, when it contains, equals or
   * lies in Drey's data folder or another mounted folder: what is private in one would be public in the other.
   */
  mountFolder(name: EntryName, folder: string): void {
    const driver = LocalDriver.open(folder);
    const realFolder = realpathSync.native(folder);
    if (overlap(realFolder, this.#dataFolder)) throw overlapping(name, "Drey's own data folder");
    for (const [other, otherName] of this.#mountedFolders) {
      if (overlap(realFolder, other)) throw overlapping(name, `the folder mounted as "${otherName}"`);
    }
    this.mount(name, driver);
    this.#mountedFolders.set(realFolder, name);
  }

  isMounted(name: EntryName): boolean {
    return this.#mounted.has(name);
  }

  /** What is mounted, without the homes. */
  names(): EntryName[] {
    return [...this.#mounted.keys()];
  }

  homeNames(): EntryName[] {
    const entries = readdirSync(this.#homesFolder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name as EntryName] : []));
  }

  /** Makes the home `name` the folder `folder` at the top of the home `owner`. Throws `conflict` when one is there. */
  async moveHome(name: EntryName, owner: EntryName, folder: EntryName): Promise<void> {
    if (!this.#hasHome(name) || !this.#hasHome(owner)) throw notFound();
    await this.#homes.get(name)?.close();
    this.#homes.delete(name);
    const [from, to] = [`${this.#homesFolder}/${name}`, `${this.#homesFolder}/${owner}/${folder}`];
    if (lstatSync(to, { throwIfNoEntry: false })) throw nameInUse(folder);
    // What was unfinished there has no owner who would finish it.
    rmSync(`${from}/${reservedName}`, { recursive: true, force: true });
    renameSync(from, to);
    for (const parent of [this.#homesFolder, `${this.#homesFolder}/${owner}`]) await syncFolder(parent);
  }

  /** Throws `not_found` for a name that is neither mounted nor a home. */
  driverFor(root: EntryName): Driver {
    const open = this.#mounted.get(root) ?? this.#homes.get(root);
    if (open) return open;
    if (!this.#hasHome(root)) throw notFound();
    const home = LocalDriver.open(`${this.#homesFolder}/${root}`);
    this.#homes.set(root, home);
    return home;
  }

  /**
   * Removes what crashes left behind in what is mounted and in the homes; answers how many things. Homes belong to this
   * process alone, so there whatever is older than it can go; a mounted folder may be another installation's as well.
   */
  async sweep(before: Date, homesBefore: Date = before): Promise<number> {
    let count = 0;
    for (const entry of readdirSync(this.#homesFolder, { withFileTypes: true })) {
      if (entry.isDirectory()) this.driverFor(entry.name as EntryName);
    }
    for (const driver of this.#mounted.values()) count += (await driver.sweep?.(before)) ?? 0;
    for (const driver of this.#homes.values()) count += (await driver.sweep?.(homesBefore)) ?? 0;
    return count;
  }

  /** Gives back the space of versions that were kept before `before`. */
  async sweepKept(before: Date): Promise<void> {
    for (const driver of this.#all()) await driver.sweepKept?.(before);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((driver) => driver.close()));
  }

  #hasHome(name: EntryName): boolean {
    return lstatSync(`${this.#homesFolder}/${name}`, { throwIfNoEntry: false })?.isDirectory() ?? false;
  }

  #all(): Driver[] {
    return [...this.#mounted.values(), ...this.#homes.values()];
  }
}

function overlap(one: string, other: string): boolean {
  return containsPath(one, other) || containsPath(other, one);
}

function overlapping(name: EntryName, what: string): AppError {
  return new AppError('conflict', `"${name}" cannot be mounted: its folder overlaps ${what}.`, {
    reason: 'overlapping_mount',
  });
}

function nameInUse(name: EntryName): AppError {
  return new AppError('conflict', `There is a root called "${name}" already.`, { reason: 'name_taken' });
}
