type Known = { sha256?: string; modifiedAt?: string };

/**
 * A form as our own clients send it to `/bulk`: with a manifest that says the size of each file, and what else is `known`
 * of it, so that small ones are stored together. Names are as they are.
 */
export function bulkForm(files: readonly [name: string, content: BlobPart][], known: readonly Known[] = []) {
  const parts = files.map(([name, content]) => [name, new Blob([content])] as const);
  const form = new FormData();
  const manifest = parts.map(([, { size }], index) => ({ ...known[index], size }));
  if (files.length > 0) form.set('manifest', JSON.stringify(manifest));
  for (const [name, blob] of parts) form.append('file', blob, name);
  return form;
}
