/** How a line of the list is written: the bare address, or what a program reads that also says where to save it. */
export type UrlListForm = 'plain' | 'curl' | 'aria2c';

/** A line that names the address of a file, and where it goes below the folder one is in. */
export const urlLine: Record<UrlListForm, (url: string, file: string) => string> = {
  plain: (url) => `${url}\n`,
  curl: (url, file) => `url = "${url}"\noutput = "${file.replace(/[\\"]/g, '\\$&')}"\n`,
  aria2c: (url, file) => `${url}\n  out=${file}\n`,
};
