/** What must be at a path: what was acknowledged last, or one of those that were sent whole since, unanswered. */
type Expected = { acknowledged: string | undefined; unanswered: Set<string> };

/** What the sender knows, and so what the disk must hold after a crash. Versions are known by their SHA-256. */
export class Expectations {
  readonly #files = new Map<string, Expected>();
  readonly #folders = new Set<string>();

  /** The last byte of a version is about to be sent: from now on it may be there. */
  sending(path: string, sha256: string): void {
    this.#at(path).unanswered.add(sha256);
  }

  acknowledged(path: string, sha256: string): void {
    this.#files.set(path, { acknowledged: sha256, unanswered: new Set() });
  }

  folderAcknowledged(path: string): void {
    this.#folders.add(path);
  }

  /** What has been found is what counts from now on: nothing can come of what was lost. */
  found(path: string, sha256: string): void {
    this.acknowledged(path, sha256);
  }

  /** Folders other than `keptFolder`, and files in it that are no more to be replaced, nor awaited. */
  removable(keptFolder: string, awaited: ReadonlySet<string>): string[] {
    const folders = [...this.#folders].filter((path) => path !== keptFolder && !path.includes('/'));
    const files = [...this.#files.keys()].filter(
      (path) => path.startsWith(`${keptFolder}/c`) && !awaited.has(path),
    );
    return [...folders, ...files];
  }

  removed(path: string): void {
    const isWithin = (other: string) => other === path || other.startsWith(`${path}/`);
    for (const other of this.#files.keys()) if (isWithin(other)) this.#files.delete(other);
    for (const other of this.#folders) if (isWithin(other)) this.#folders.delete(other);
  }

  forgetUnanswered(): void {
    for (const [path, expected] of this.#files) {
      expected.unanswered.clear();
      if (expected.acknowledged === undefined) this.#files.delete(path);
    }
  }

  at(path: string): Readonly<Expected> | undefined {
    return this.#files.get(path);
  }

  get files(): ReadonlyMap<string, Readonly<Expected>> {
    return this.#files;
  }

  get folders(): ReadonlySet<string> {
    return this.#folders;
  }

  #at(path: string): Expected {
    const known = this.#files.get(path);
    if (known) return known;
    const expected: Expected = { acknowledged: undefined, unanswered: new Set() };
    this.#files.set(path, expected);
    return expected;
  }
}
