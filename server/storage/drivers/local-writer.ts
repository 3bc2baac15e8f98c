import type { Answers } from '../../base/answers.ts';
import { createIdentifier } from '../../base/identifier.ts';
import type { EntryName, PathInRoot } from '../../contract/path.ts';
import type { WholeFile, WriteOptions, WrittenEntry } from '../driver.ts';
import { splitPath } from '../root-path.ts';
import type { Folder } from './local-containment.ts';
import { checkTarget, orRemoved, publish, requireOneVolume, storeBytes } from './local-publishing.ts';
import { LocalSmallFiles, type SmallFilesDependencies } from './local-small-files.ts';

type Dependencies = Omit<SmallFilesDependencies, 'publish'>;

/** Puts files in their place in one step, when they are whole and on the disk. */
export class LocalWriter {
  readonly #with: Dependencies;
  readonly #smallFiles: LocalSmallFiles;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
    this.#smallFiles = new LocalSmallFiles({
      ...dependencies,
      publish: (...publication) => this.publish(...publication),
    });
  }

  /** As `Driver.write`. */
  write(path: PathInRoot, body: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<WrittenEntry> {
    return this.fill(path, options, (temporary) => storeBytes(temporary, body, options));
  }

  /** As `Driver.writeMany`. */
  writeMany(files: readonly WholeFile[]): Promise<Answers<WrittenEntry>> {
    return this.#smallFiles.writeMany(files);
  }

  /** As `write`, of a file that `make` makes, whole and on the disk, at the path that it is given. */
  async fill(
    path: PathInRoot,
    options: WriteOptions,
    make: (temporary: string) => Promise<void>,
  ): Promise<WrittenEntry> {
    const { openFolder, hidden, trash } = this.#with;
    const { parent, name } = splitPath(path);
    {
      // Looked at before the bytes come, so that a refusal does not cost their transfer.
      using folder = await openFolder(parent);
      await checkTarget(folder.child(name), name, options);
    }
    using temporaryFolder = await hidden.open('temporary');
    {
      using folder = await openFolder(parent);
      requireOneVolume(folder, temporaryFolder);
    }
    const temporaryName = createIdentifier();
    const temporary = temporaryFolder.child(temporaryName);
    return await trash.sparing(temporaryName, () =>
      orRemoved(temporary, async () => {
        await make(temporary);
        using folder = await openFolder(parent);
        return await this.publish(temporary, folder, name, options);
      }),
    );
  }

  /** Gives the finished file at `from` its name in `folder`, in one step; see `publish`. */
  async publish(from: string, folder: Folder, name: EntryName, options: WriteOptions): Promise<WrittenEntry> {
    if (options.keepAs === undefined) return publish(from, folder, name, options);
    using kept = await this.#with.hidden.open('kept');
    return await publish(from, folder, name, options, kept.child(options.keepAs));
  }
}
