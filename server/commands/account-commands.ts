import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { AppError } from '../contract/app-error.ts';
import { passwordSchema, userNameSchema } from '../contract/schemas.ts';
import type { Config } from '../config/settings.ts';
import { createServices, type Services } from '../services.ts';

export const userUsage = `drey user add NAME [--admin] [--password-stdin]
  Creates a user with an empty home. Asks for the password, or reads it from standard input.`;
export const tokenUsage = `drey token create --user NAME [--label L]
  Makes an API token and prints it, alone.`;

/** `drey user add`: acts on the local installation, so whoever can run it is trusted. */
export async function runUserCommand(args: string[], config: Config): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      admin: { type: 'boolean', default: false },
      'password-stdin': { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const [verb, name, ...rest] = positionals;
  if (verb !== 'add' || name === undefined || rest.length > 0) throw usage(userUsage);
  const parsedName = userNameSchema.safeParse(name);
  if (!parsedName.success)
    throw new AppError('invalid', parsedName.error.issues[0]?.message ?? 'Not a name.');
  const password = passwordSchema.safeParse(await readPassword(values['password-stdin']));
  if (!password.success)
    throw new AppError('invalid', password.error.issues[0]?.message ?? 'Not a password.');
  await withServices(config, async ({ users }) => {
    await users.create(operator(), { name: parsedName.data, password: password.data, isAdmin: values.admin });
  });
}

/** `drey token create`: prints the token on standard output, for scripts. */
export async function runTokenCommand(args: string[], config: Config): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: { user: { type: 'string' }, label: { type: 'string', default: '' } },
    allowPositionals: true,
  });
  if (positionals.join(' ') !== 'create') throw usage(tokenUsage);
  await withServices(config, async ({ users, tokens }) => {
    const user = values.user === undefined ? await onlyUser(users) : await users.get(values.user);
    const { token } = await tokens.create(operator(), user, { label: values.label });
    process.stdout.write(`${token}\n`);
  });
}

/** Whoever runs commands here, by the name of their account on this machine. */
function operator() {
  return { kind: 'operator' as const, name: userInfo().username };
}

async function onlyUser(users: Services['users']) {
  const [first, second] = await users.list();
  if (!first || second) throw usage('Say whose token it is: --user NAME.');
  return first;
}

async function withServices(config: Config, work: (services: Services) => Promise<void>): Promise<void> {
  const services = await createServices(config);
  try {
    await work(services);
  } finally {
    await services.close();
  }
}

async function readPassword(fromStdin: boolean): Promise<string> {
  if (fromStdin || !process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write('Password: ');
  try {
    return await prompt.question('');
  } finally {
    prompt.close();
    process.stderr.write('\n');
  }
}

function usage(message: string): AppError {
  return new AppError('invalid', message, { reason: 'usage' });
}
