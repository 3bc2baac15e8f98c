/** One line as `sha256sum -c` reads them. */
export function checksumLine(sha256: string, name: string): string {
  // GNU coreutils marks a line whose name holds a backslash by a backslash of its own, and doubles the name's.
  return name.includes('\\') ? `\\${sha256}  ${name.replaceAll('\\', '\\\\')}\n` : `${sha256}  ${name}\n`;
}
