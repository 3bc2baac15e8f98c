import {
  askPassword,
  curlCheck,
  curlFile,
  curlTree,
  curlZip,
} from '../../../../server/contract/curl-command.ts';
import { quoteFile, quoteWord } from '../../../../server/contract/shell-word.ts';
import type { FetchTarget } from './fetch-target.ts';
import { pythonFiles, pythonZip } from './python-script.ts';

export const fetchTools = ['curl', 'wget', 'aria2', 'rclone', 'Python'] as const;
export type FetchTool = (typeof fetchTools)[number];
export type Command = { caption: string; text: string };

/** What each tool is to be told, to do the same. */
type Dialect = {
  file: (target: FetchTarget & { file: object }) => string;
  zip: (target: FetchTarget) => string;
  tree: (target: FetchTarget) => string;
  /** Absent where what fetches checks too. */
  check?: (target: FetchTarget) => string;
};

/** What to paste into a shell to get what the page shows, and to check it. */
export function listCommands(tool: FetchTool, target: FetchTarget): Command[] {
  const { file, zip, tree, check } = dialects[tool];
  const again = tool === 'rclone' ? 'again when it broke off' : 'and go on after a break';
  const checked = check ? '' : ', and check it';
  const commands: Command[] = [];
  if (target.hasPassword) commands.push({ caption: 'First, type the password', text: askPassword });
  if (target.file) {
    const text = file({ ...target, file: target.file });
    commands.push({
      caption: `Download${checked}; run it again to ${tool === 'rclone' ? 'start over' : 'resume'}`,
      text,
    });
  } else {
    if (!target.isCounted)
      commands.push({ caption: `Download file by file${checked}; run it ${again}`, text: tree(target) });
    commands.push({ caption: 'Download as one zip', text: zip(target) });
  }
  if (check) commands.push({ caption: target.file ? 'Check it' : 'Check every file', text: check(target) });
  return commands;
}

const password = ({ hasPassword }: FetchTarget, words: string) => (hasPassword ? `${words} ` : '');
const source = ({ hasPassword }: FetchTarget, url: string) => ({ url, hasPassword });

const wget = (target: FetchTarget) =>
  `wget ${password(target, '--auth-no-challenge --user=link --password="$PASSWORD"')}`;
const aria2c = (target: FetchTarget) =>
  `aria2c ${password(target, '--http-user=link --http-passwd="$PASSWORD"')}`;
const rclone = (target: FetchTarget) =>
  `rclone ${password(target, `--header "Authorization: Basic $(printf %s ":$PASSWORD" | base64 | tr -d '\\n')"`)}`;

const dialects: Record<FetchTool, Dialect> = {
  curl: {
    file: (target) => curlFile(source(target, target.file!.url), target.file!.name),
    zip: (target) => curlZip(source(target, target.zip.url)),
    tree: (target) => curlTree(source(target, target.tree.urls('curl'))),
    check: (target) => curlCheck(source(target, target.checksums)),
  },
  wget: {
    file: (target) => `${wget(target)}-c -O ${quoteFile(target.file!.name)} ${quoteWord(target.file!.url)}`,
    zip: (target) => `${wget(target)}-O ${quoteFile(target.zip.name)} ${quoteWord(target.zip.url)}`,
    // Of the address, `/s/<token>/raw` and the folders above are no folders here.
    tree: (target) =>
      `${wget(target)}-qO- ${quoteWord(target.tree.urls())} | ${wget(target)}-c -x -nH --cut-dirs=${depthOf(target)} --restrict-file-names=nocontrol -i -`,
    check: (target) => `${wget(target)}-qO- ${quoteWord(target.checksums)} | sha256sum -c`,
  },
  aria2: {
    file: (target) =>
      `${aria2c(target)}-c -x4 -o ${quoteFile(target.file!.name)} ${quoteWord(target.file!.url)}`,
    zip: (target) => `${aria2c(target)}-o ${quoteFile(target.zip.name)} ${quoteWord(target.zip.url)}`,
    tree: (target) =>
      `${aria2c(target)}--allow-overwrite -o .drey-urls ${quoteWord(target.tree.urls('aria2c'))} && ${aria2c(target)}-c -i .drey-urls`,
    check: (target) =>
      `${aria2c(target)}--allow-overwrite -o .drey-sums ${quoteWord(target.checksums)} && sha256sum -c .drey-sums`,
  },
  rclone: {
    file: (target) =>
      `${rclone(target)}copyurl -P ${quoteWord(target.file!.url)} ${quoteFile(target.file!.name)}`,
    zip: (target) => `${rclone(target)}copyurl -P ${quoteWord(target.zip.url)} ${quoteFile(target.zip.name)}`,
    tree: (target) =>
      `${rclone(target)}copy -P --http-url ${quoteWord(target.tree.url)} :http: ${quoteFile(target.tree.folder)}`,
    check: (target) => `${rclone(target)}copyurl --stdout ${quoteWord(target.checksums)} | sha256sum -c`,
  },
  Python: { file: pythonFiles, zip: pythonZip, tree: pythonFiles },
};

/** How many folders of the addresses in the list lie above what is fetched. */
function depthOf({ tree }: FetchTarget): number {
  const folders = new URL(tree.url).pathname.split('/').length - 2;
  return tree.folder === '.' ? folders : folders - 1;
}
