const quietMs = 600;

/**
 * Tells listeners which folders got something new: each folder once in a while rather than for each file, so that
 * ten thousand files do not make ten thousand listings.
 */
export class StoredNews {
  #folders = new Set<string>();
  #listeners = new Set<(folderUri: string) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  listen(listener: (folderUri: string) => void): () => void {
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
    for (const folder of folders) for (const listener of this.#listeners) listener(folder);
  }
}
