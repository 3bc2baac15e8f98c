import { InvalidArgumentError, type Command } from 'commander';
import { hasCode } from '../../server/contract/app-error.ts';
import { includesLevel } from '../../server/contract/level.ts';
import type { NewLink } from '../../server/contract/schemas.ts';
import { parseSize } from '../../server/contract/size.ts';
import { formatUri } from '../../server/contract/uri.ts';
import { addExamples, type CommandContext } from '../command-context.ts';
import { about, usageError } from '../exit-code.ts';
import { parseExpiry, type Expiry } from '../expiry.ts';
import { parseStorageLocation, type StorageLocation } from '../location.ts';
import type { StorageApi } from '../storage-api.ts';
import { ask, readSecret } from '../terminal/prompt.ts';

type Options = {
  expires?: Expiry;
  password?: true;
  passwordStdin?: true;
  maxDownloads?: number;
  drop?: true;
  label?: string;
  note?: string;
  notify?: true;
  pin?: true;
  maxFile?: number;
  maxTotal?: number;
  maxFiles?: number;
  types?: string[];
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
    .option('--drop', 'for sending files into a folder; whoever has it sees only what they sent')
    .option('--max-file <size>', 'with --drop: the largest file, such as 500M', parseByteCount)
    .option('--max-total <size>', 'with --drop: all files together', parseByteCount)
    .option('--max-files <count>', 'with --drop: how many files', parseDownloadCount)
    .option('--types <endings>', 'with --drop: only such files, as jpg,png,tar.gz', parseTypes)
    .option('--pin', 'exactly the bytes that are there now; what changes is given out no more')
    .option('--label <text>', 'a note to yourself')
    .option('--note <text>', 'words to whoever opens the link')
    .option('--notify', 'have mail sent to you: first download, files dropped, a day before it ends')
    .option('--qr', 'also draw a QR code, on standard error');
  addExamples(command, [
    ['drey link create storage:results.zip', 'until it is revoked'],
    ['drey link create --expires 7d --label "for the review" storage:figures', 'for a week'],
    ['drey link create --drop --max-total 20G storage:inbox', 'to be sent files'],
    ['drey link create --pin storage:checkpoint', 'for the paper'],
    ['drey link create storage:a.png storage:b.png | xclip', 'several files, to the clipboard'],
  ]);
  command.action(async (typed: string[], options: Options) => {
    if (!options.drop && Object.keys(dropLimitsOf(options)).length > 0)
      throw usageError('Limits on what is sent go with --drop.');
    const { terminal, signal } = context;
    const api = await context.connect();
    const base = await api.uriBase();
    const locations = typed.map((text) => parseStorageLocation(text, base));
    const items = locations.map(({ path }) => formatUri(base.cluster, path));
    const password = options.passwordStdin
      ? await readSecret(terminal)
      : options.password
        ? await ask(terminal, 'Password of the link: ', { isSecret: true, signal })
        : undefined;
    const link: NewLink = {
      items,
      ...options.expires,
      ...(password !== undefined && { password }),
      ...(options.maxDownloads !== undefined && { maxDownloads: options.maxDownloads }),
      ...(options.drop && { mode: 'drop', drop: dropLimitsOf(options) }),
      ...(options.pin && { pinned: true }),
      ...(options.label !== undefined && { label: options.label }),
      ...(options.note !== undefined && { note: options.note }),
      ...(options.notify && { notify: true }),
    };
    const { url } = await api.createLink(link).catch(async (error: unknown) => {
      const refused = hasCode(error, 'not_found', 'forbidden') && (await findRefused(api, locations));
      throw refused ? about(refused.typed, error) : error;
    });
    await terminal.printLine(url);
    if (options.qr) {
      const { renderUnicodeCompact } = await import('uqr');
      terminal.say(renderUnicodeCompact(url, { border: 2 }));
    }
  });
}

/** The first of these that the caller may not make a link on. */
async function findRefused(
  api: StorageApi,
  locations: readonly StorageLocation[],
): Promise<StorageLocation | undefined> {
  for (const location of locations) {
    const entry = await api.find(location.path);
    if (!entry || !includesLevel(entry.level, 'manage')) return location;
  }
  return undefined;
}

/** What was said of the limits of a link for dropping. */
export function dropLimitsOf({ maxFile, maxTotal, maxFiles, types }: Options) {
  return {
    ...(maxFile !== undefined && { maxFileBytes: maxFile }),
    ...(maxTotal !== undefined && { maxBytes: maxTotal }),
    ...(maxFiles !== undefined && { maxFiles }),
    ...(types !== undefined && { types }),
  };
}

function parseByteCount(text: string): number {
  const bytes = parseSize(text);
  if (!bytes) throw new InvalidArgumentError('It is a size such as 500M or 20G.');
  return bytes;
}

function parseTypes(text: string): string[] {
  return text.split(',').map((type) => type.trim());
}

export function parseDownloadCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 up.');
  return Number(text);
}
