import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../server/contract/app-error.ts';
import { usageError } from './exit-code.ts';
import { writePrivateFile, xdgFolder } from './state-folder.ts';

/** Which server this person talks to, and as whom. */
export type Profile = {
  /** The server's origin, without a slash at the end. */
  url: string;
  token: string;
  /** Known once signed in; asked from the server when it comes from the environment. */
  user?: string;
  cluster?: string;
  /** The API token that `login` made, which `logout` ends. */
  tokenId?: string;
};

const folder = () => xdgFolder('XDG_CONFIG_HOME', '.config');

export function profilePath(): string {
  return join(folder(), 'config.json');
}

/** `DREY_URL` and `DREY_TOKEN` win over what `login` wrote down. Throws `unauthenticated` when neither says enough. */
export async function loadProfile(): Promise<Profile> {
  const { DREY_URL: url } = process.env;
  const token = process.env.DREY_TOKEN?.trim();
  const stored = url && token ? undefined : await readProfile();
  if (!url && !token) {
    if (stored) return stored;
    throw new AppError('unauthenticated', 'You are not signed in. Run: drey login URL');
  }
  // No header can carry it, and no token has such characters.
  if (token && !/^[\x21-\x7e]+$/.test(token))
    throw new AppError(
      'unauthenticated',
      'DREY_TOKEN is not a token: it has spaces, line ends or other strange characters.',
    );
  if (url && token) return { url: parseServerUrl(url), token };
  if (url) {
    if (stored && stored.url === parseServerUrl(url)) return stored;
    throw new AppError('unauthenticated', `You are not signed in to ${url}. Set DREY_TOKEN too.`);
  }
  if (!stored) throw new AppError('unauthenticated', 'DREY_TOKEN is set, but not DREY_URL. Set it too.');
  return { url: stored.url, token: token as string };
}

export async function readProfile(): Promise<Profile | undefined> {
  let text: string;
  try {
    text = await readFile(profilePath(), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { url, token, ...rest } = JSON.parse(text) as Profile;
    if (typeof url !== 'string' || typeof token !== 'string') throw new Error('url or token is missing');
    return { url, token, ...rest };
  } catch (cause) {
    throw new AppError('invalid', `${profilePath()} is damaged. Run: drey login URL`, { cause });
  }
}

export async function writeProfile(profile: Profile): Promise<void> {
  await writePrivateFile(profilePath(), folder(), `${JSON.stringify(profile, null, 2)}\n`);
}

export async function removeProfile(): Promise<void> {
  await rm(profilePath(), { force: true });
}

/** Accepts `http://host:port/…` and, as people type it, `host`. Answers the origin. */
export function parseServerUrl(text: string): string {
  const isLoopback = /^(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(text);
  const typed = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${isLoopback ? 'http' : 'https'}://${text}`;
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password) {
    throw usageError(`"${text}" is not the address of a server. It looks like https://drey.example.org`);
  }
  return url.origin;
}
