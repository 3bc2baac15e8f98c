import { InvalidArgumentError, type Command } from 'commander';
import { formatUri } from '../../server/contract/uri.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { parseExpiry, type Expiry } from '../expiry.ts';
import { parseStorageLocation } from '../location.ts';
import { ask, readSecret } from '../terminal/prompt.ts';

type Options = {
  expires?: Expiry;
  password?: true;
  passwordStdin?: true;
  maxDownloads?: number;
  drop?: true;
  label?: string;
  notify?: true;
  qr?: true;
};

export function defineLinkCreate(command: Command, context: CommandContext): void {
  command
    .description('make a link for people without an account, and print its address')
    .argument('<uris...>', 'files and folders that the link gives')
    .option(
      '--expires <when>',
      'after 90m, 12h, 7d or 2w, or at 2026-12-24T18:00; without it, never',
      parseExpiry,
    )
    .option('--password', 'ask for a password that the link wants then')
    .option('--password-stdin', 'read that password from standard input')
    .option('--max-downloads <count>', 'end after so many downloads', parseDownloadCount)
    .option('--drop', 'for uploading into a folder, not for reading')
    .option('--label <text>', 'a note to yourself')
    .option('--notify', 'have mail sent to you: first download, files dropped, a day before it ends')
    .option('--qr', 'also draw a QR code, on standard error');
  addExamples(command, [
    ['drey link create storage:results.zip', 'until it is revoked'],
    ['drey link create --expires 7d --label "for the review" storage:figures', 'for a week'],
    ['drey link create storage:a.png storage:b.png | xclip', 'several files, to the clipboard'],
  ]);
  command.action(async (typed: string[], options: Options) => {
    const { terminal, signal } = context;
    const api = await context.connect();
    const base = await api.uriBase();
    const items = typed.map((text) => formatUri(base.cluster, parseStorageLocation(text, base).path));
    const password = options.passwordStdin
      ? await readSecret(terminal)
      : options.password
        ? await ask(terminal, 'Password of the link: ', { isSecret: true, signal })
        : undefined;
    const { url } = await api.createLink({
      items,
      ...options.expires,
      ...(password !== undefined && { password }),
      ...(options.maxDownloads !== undefined && { maxDownloads: options.maxDownloads }),
      ...(options.drop && { mode: 'drop' }),
      ...(options.label !== undefined && { label: options.label }),
      ...(options.notify && { notify: true }),
    });
    await terminal.printLine(url);
    if (options.qr) {
      const { renderUnicodeCompact } = await import('uqr');
      terminal.say(renderUnicodeCompact(url, { border: 2 }));
    }
  });
}

export function parseDownloadCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 up.');
  return Number(text);
}
