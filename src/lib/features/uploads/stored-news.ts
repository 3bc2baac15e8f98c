const quietMs = 600;

/** The URIs of folders that got something new. */
export type StoredListener = (folderUris: ReadonlySet<string>) => void;

/**
 * Tells listeners which folders got something new: all of them together once in a while rather than for each file, so
 * that ten thousand files in a hundred folders do not make as many requests.
 */
export class StoredNews {
  #folders = new Set<string>();
  #listeners = new Set<StoredListener>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  listen(listener: StoredListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(folderUri: string): void {
    this.#folders.add(folderUri);
    this.#timer ??= setTimeout(() => this.#tell(), quietMs);
  }

  #tell(): void {
    const folders = this.#folders;
    this.#folders = new Set();
    this.#timer = undefined;
    for (const listener of this.#listeners) listener(folders);
  }
}
