/** The folder that holds the link's first item: its address in Drey and its path in words. */
export function placeOf({
  items,
}: {
  items: readonly { uri: string }[];
}): { href: string; words: string } | undefined {
  const encoded = items[0]?.uri.replace(/^storage:\/\/[^/]+\//, '');
  if (!encoded) return undefined;
  const slash = encoded.lastIndexOf('/');
  const folder = slash === -1 ? encoded : encoded.slice(0, slash);
  return { href: `/browse/${folder}`, words: folder.split('/').map(decodeURIComponent).join(' / ') };
}
