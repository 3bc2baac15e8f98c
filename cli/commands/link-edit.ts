import { Option, type Command } from 'commander';
import type { LinkPatch } from '../../server/contract/schemas.ts';
import { formatUri } from '../../server/contract/uri.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { usageError } from '../exit-code.ts';
import { parseExpiry, type Expiry } from '../expiry.ts';
import { parseStorageLocation } from '../location.ts';
import { ask, readSecret } from '../terminal/prompt.ts';
import { getLinkByName } from './link-by-name.ts';
import { parseDownloadCount } from './link-create.ts';

type Options = {
  expires?: Expiry | 'never';
  password?: boolean;
  passwordStdin?: true;
  maxDownloads?: number | 'none';
  label?: string;
  note?: string;
  notify?: boolean;
  item?: string[];
};

export function defineLinkEdit(command: Command, context: CommandContext): void {
  command
    .description('change a link; its address stays')
    .argument('<link>', 'its id, or its address')
    .option('--expires <when>', 'as link create, or never', (text) =>
      text === 'never' ? text : parseExpiry(text),
    )
    .addOption(new Option('--password', 'ask for a new password'))
    .option('--password-stdin', 'read the new password from standard input')
    .option('--no-password', 'want none any more')
    .option('--max-downloads <count>', 'end after so many downloads, or none for no limit', (text) =>
      text === 'none' ? text : parseDownloadCount(text),
    )
    .option('--label <text>', 'the note to yourself; an empty one takes it away')
    .option('--note <text>', 'words to whoever opens the link; empty ones take it away')
    .option('--notify', 'have mail sent to you: first download, files dropped, a day before it ends')
    .option('--no-notify', 'have none sent')
    .option('--item <uri...>', 'give these files and folders instead');
  addExamples(command, [
    ['drey link edit 0Xc… --expires 30d', 'thirty days from now'],
    ['drey link edit 0Xc… --expires never --no-password', 'for good, and open'],
  ]);
  command.action(async (named: string, options: Options) => {
    const { terminal, signal } = context;
    const api = await context.connect();
    const base = await api.uriBase();
    const { expires, maxDownloads, label, note, item } = options;
    const password = options.passwordStdin
      ? await readSecret(terminal)
      : command.getOptionValueSource('password') !== 'cli'
        ? undefined
        : options.password
          ? await ask(terminal, 'New password of the link: ', { isSecret: true, signal })
          : null;
    const patch: LinkPatch = {
      ...(expires === 'never' ? { expiresAt: null } : expires),
      ...(password !== undefined && { password }),
      ...(maxDownloads !== undefined && { maxDownloads: maxDownloads === 'none' ? null : maxDownloads }),
      ...(label !== undefined && { label: label === '' ? null : label }),
      ...(note !== undefined && { note: note === '' ? null : note }),
      ...(command.getOptionValueSource('notify') === 'cli' && { notify: options.notify === true }),
      ...(item && {
        items: item.map((text) => formatUri(base.cluster, parseStorageLocation(text, base).path)),
      }),
    };
    if (Object.keys(patch).length === 0) throw usageError('Say what to change, such as --expires 7d.');
    const { id } = await getLinkByName(api, named);
    await api.updateLink(id, patch);
  });
}
