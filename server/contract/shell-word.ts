/** One word to a shell, whatever is in it. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A file in the folder where one is, as one word that no program takes for an option or a remote. */
export function quoteFile(name: string): string {
  return quoteWord(/^[-:]|:/.test(name) ? `./${name}` : name);
}
