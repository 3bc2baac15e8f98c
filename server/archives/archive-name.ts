/**
 * The name of a member as it may stand in an archive. A backslash is a separator to some unpackers, so it becomes `_`,
 * never `/`; a drive letter's colon does too. Two members never share a name.
 */
export class ArchiveNames {
  readonly #taken = new Set<string>();

  /** `segments` of the member's path, from the top of the archive. */
  claim(path: string): string {
    const safe = path.replaceAll('\\', '_').replace(/^([A-Za-z]):/, '$1_');
    let name = safe;
    for (let number = 2; this.#taken.has(name); number += 1) name = numbered(safe, number);
    this.#taken.add(name);
    return name;
  }
}

function numbered(path: string, number: number): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1
    ? `${path.slice(0, dot)} (${number})${path.slice(dot)}`
    : `${path} (${number})`;
}
