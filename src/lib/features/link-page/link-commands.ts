import type { LinkAddress } from './link-address.ts';
import type { LinkView } from './link-view.ts';

export type Command = { caption: string; text: string };

/** What to paste into a terminal to get what the page shows; nothing for an empty folder. `address` holds the origin. */
export function listCommands(view: LinkView, address: LinkAddress): Command[] {
  const checksums = `curl -s '${address.checksums()}' | sha256sum -c`;
  if (view.file) {
    // Not `-OJ`: curl refuses to resume (`-C -`) under a name that the server chooses.
    const name = view.file.name.startsWith('-') ? `./${view.file.name}` : view.file.name;
    const download = `curl -C - -o ${quote(name)} '${address.raw(view.rawPath)}'`;
    return [
      { caption: 'Download, and resume when run again', text: download },
      ...(view.isTop ? [{ caption: 'Check it', text: checksums }] : []),
    ];
  }
  if (view.children?.total === 0) return [];
  const download = `curl -OJ '${address.zip(view.zipItems)}'`;
  return [
    { caption: 'Download as one zip', text: download },
    ...(view.isTop ? [{ caption: 'Check every file after unpacking', text: checksums }] : []),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
