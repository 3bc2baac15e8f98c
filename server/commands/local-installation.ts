import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { z } from 'zod';
import { AppError } from '../contract/app-error.ts';
import type { Config } from '../config/settings.ts';
import { createServices, type Services } from '../services.ts';

/** The installation on this machine, for commands of whoever runs it: they are trusted, and written down by name. */
export class LocalInstallation {
  readonly config: Config;
  readonly operator = { kind: 'operator' as const, name: userInfo().username };

  constructor(config: Config) {
    this.config = config;
  }

  async run(work: (services: Services) => Promise<void>): Promise<void> {
    const services = await createServices(this.config);
    try {
      await work(services);
    } finally {
      await services.close();
    }
  }
}

/** What a schema of the API says of something typed. Throws `invalid`. */
export function check<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid', parsed.error.issues[0]?.message ?? 'That is not possible.');
}

export function usageError(message: string): AppError {
  return new AppError('invalid', message, { reason: 'usage' });
}

/** A password that is typed unseen, or comes on standard input. */
export async function readPassword(fromStdin: boolean): Promise<string> {
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

/** Asks before what cannot be undone. Without a terminal to ask on, `isSure` must have been said. */
export async function confirm(question: string, isSure: boolean): Promise<void> {
  if (isSure) return;
  if (!process.stdin.isTTY) throw usageError(`${question} Say --yes to go ahead.`);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new AppError('conflict', 'Nothing was done.');
  } finally {
    prompt.close();
  }
}

/** Prints rows in columns as wide as they need, or one JSON text. */
export function printRows(rows: readonly Record<string, string>[], asJson: unknown = undefined): void {
  if (asJson !== undefined) {
    process.stdout.write(`${JSON.stringify(asJson, null, 2)}\n`);
    return;
  }
  const [first] = rows;
  if (!first) return;
  const names = Object.keys(first);
  const widthOf = (name: string) => Math.max(name.length, ...rows.map((row) => (row[name] ?? '').length));
  const widths = new Map(names.map((name) => [name, widthOf(name)]));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths.get(names[index] ?? '') ?? 0))
      .join('  ')
      .trimEnd();
  const lines = [
    line(names.map((name) => name.toUpperCase())),
    ...rows.map((row) => line(Object.values(row))),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

export function shownTime(time: number | null, otherwise = '-'): string {
  return time === null ? otherwise : new Date(time).toISOString().slice(0, 16).replace('T', ' ');
}
