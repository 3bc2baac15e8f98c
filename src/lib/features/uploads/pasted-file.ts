/** A picture from the clipboard is always called the same, so it gets a name of its own: by the time of pasting. */
export function namedByTime(file: File, now = new Date()): File {
  const [, extension] = /^image(\.\w+)$/.exec(file.name) ?? [];
  if (!extension) return file;
  const two = (number: number) => String(number).padStart(2, '0');
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
  const time = [two(now.getHours()), two(now.getMinutes()), two(now.getSeconds())].join('.');
  return new File([file], `Pasted ${day} ${time}${extension}`, {
    type: file.type,
    lastModified: file.lastModified,
  });
}
