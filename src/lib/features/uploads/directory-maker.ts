/** Makes the folders that files go into: each once, parents first, however many files wait for it. */
export class DirectoryMaker {
  #made = new Map<string, Promise<void>>();
  readonly #make: (uri: string) => Promise<void>;

  constructor(make: (uri: string) => Promise<void>) {
    this.#make = make;
  }

  /** Resolves when `uri` is there. `targetUri`, which it is or lies below, is taken to exist. */
  ensure(uri: string, targetUri: string): Promise<void> {
    if (uri === targetUri) return Promise.resolve();
    const known = this.#made.get(uri);
    if (known) return known;
    const parent = uri.slice(0, uri.lastIndexOf('/'));
    const made = this.ensure(parent, targetUri).then(() => this.#make(uri));
    this.#made.set(uri, made);
    // What failed is tried again by whoever asks next.
    made.catch(() => this.#made.delete(uri));
    return made;
  }

  /** Notes that `uri` is there, because something is in it. Answers the folders on the way that nobody knew of. */
  learn(uri: string, targetUri: string): string[] {
    const unknown: string[] = [];
    for (
      let folder = uri;
      folder !== targetUri && !this.#made.has(folder);
      folder = folder.slice(0, folder.lastIndexOf('/'))
    ) {
      this.#made.set(folder, Promise.resolve());
      unknown.push(folder);
    }
    return unknown;
  }

  /** Someone may have deleted a folder since; after this each is made sure of again. */
  forget(): void {
    this.#made.clear();
  }
}
