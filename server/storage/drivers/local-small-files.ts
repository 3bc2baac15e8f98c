import { answerEach, answerGroups, type Answers } from '../../base/answers.ts';
import { createIdentifier } from '../../base/identifier.ts';
import type { EntryName, PathInRoot } from '../../contract/path.ts';
import type { WholeFile, WriteOptions, WrittenEntry } from '../driver.ts';
import { lastSegment, splitPath } from '../root-path.ts';
import type { Folder } from './local-containment.ts';
import type { HiddenFolder } from './local-hidden-folder.ts';
import { orRemoved, requireOneVolume } from './local-publishing.ts';
import type { LocalTrash } from './local-trash.ts';
import { maxPartBytes, SmallFilesThread } from './small-files-thread.ts';

export type SmallFilesDependencies = {
  hidden: HiddenFolder;
  trash: LocalTrash;
  /** The number of the device on which the root lies. */
  device: number;
  openFolder(path: PathInRoot): Promise<Folder>;
  /** Gives the finished file at `from` its name in `folder`, in one step, under the conditions of `options`. */
  publish(from: string, folder: Folder, name: EntryName, options: WriteOptions): Promise<WrittenEntry>;
};

/** Stores many small files, those of one folder together. */
export class LocalSmallFiles {
  readonly #with: SmallFilesDependencies;

  constructor(dependencies: SmallFilesDependencies) {
    this.#with = dependencies;
  }

  /** As `Driver.writeMany`. */
  writeMany(files: readonly WholeFile[]): Promise<Answers<WrittenEntry>> {
    const byFolder = [...Map.groupBy(files, parentOf).values()];
    return answerGroups(files, byFolder.flatMap(inParts), (part) => this.#writePart(part));
  }

  async #writePart(files: readonly WholeFile[]): Promise<Answers<WrittenEntry>> {
    for (const { options } of files) options.signal?.throwIfAborted();
    using folder = await this.#with.openFolder(parentOf(files[0]!));
    using temporaryFolder = await this.#with.hidden.open('temporary');
    requireOneVolume(folder, temporaryFolder);
    const id = createIdentifier();
    return await this.#with.trash.sparing(id, () => this.#writeInto(folder, temporaryFolder, files, id));
  }

  async #writeInto(
    folder: Folder,
    temporaryFolder: Folder,
    files: readonly WholeFile[],
    id: string,
  ): Promise<Answers<WrittenEntry>> {
    const outcomes = await SmallFilesThread.of(this.#with.device).store(
      {
        folder: folder.path,
        temporaryFolder: temporaryFolder.path,
        files: files.map(({ path, bytes, options: { modifiedAt, ifMatch } }, index) => ({
          name: lastSegment(path),
          temporaryName: `${id}.${index}`,
          size: bytes.length,
          modifiedAt,
          staysTemporary: ifMatch !== undefined,
        })),
      },
      files.map(({ bytes }) => bytes),
    );
    await folder.sync();
    return answerEach(files, ({ path, options }, index): WrittenEntry | Promise<WrittenEntry> => {
      const outcome = outcomes[index];
      if (outcome && 'etag' in outcome) return outcome;
      const temporary = temporaryFolder.child(`${id}.${index}`);
      return orRemoved(temporary, async () => {
        if (outcome) throw Object.assign(new Error(outcome.message), { code: outcome.code });
        return this.#with.publish(temporary, folder, lastSegment(path), options);
      });
    });
  }
}

function parentOf({ path }: WholeFile): PathInRoot {
  return splitPath(path).parent;
}

/** In their order, as many together as go to the thread at once. */
function inParts(files: readonly WholeFile[]): WholeFile[][] {
  const parts: WholeFile[][] = [];
  let length = Infinity;
  for (const file of files) {
    length += file.bytes.length;
    if (length > maxPartBytes) {
      parts.push([]);
      length = file.bytes.length;
    }
    parts.at(-1)!.push(file);
  }
  return parts;
}
