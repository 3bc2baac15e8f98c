import { curlCheck, curlFile, curlZip } from '../../../../server/contract/curl-command.ts';
import type { LinkAddress } from './link-address.ts';
import type { LinkView } from './link-view.ts';

export type Command = { caption: string; text: string };

/** What to paste into a terminal to get what the page shows; nothing for an empty folder. `address` holds the origin. */
export function listCommands(view: LinkView, address: LinkAddress): Command[] {
  const from = (url: string) => ({ url, hasPassword: view.link.hasPassword });
  const check = curlCheck(from(address.checksums()));
  if (view.file) {
    const download = curlFile(from(address.raw(view.rawPath)), view.file.name);
    return [
      { caption: 'Download, and resume when run again', text: download },
      ...(view.isTop ? [{ caption: 'Check it', text: check }] : []),
    ];
  }
  if (view.children?.total === 0) return [];
  return [
    { caption: 'Download as one zip', text: curlZip(from(address.zip(view.zipItems))) },
    ...(view.isTop ? [{ caption: 'Check every file after unpacking', text: check }] : []),
  ];
}
