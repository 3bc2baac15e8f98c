import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** Names under which distributions install Chromium or Chrome. */
const installedNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/**
 * Starts a real Chromium: an installed one where there is one, else the one that a package brings. Set
 * `TEST_BROWSER=bundled` to use the latter in any case.
 */
export async function launchBrowser(): Promise<Browser> {
  // Without a locale Chromium writes no file name that is not ASCII.
  process.env.LC_ALL ||= 'C.UTF-8';
  const installed = process.env.TEST_BROWSER === 'bundled' ? undefined : findInstalled();
  if (installed) return chromium.launch({ executablePath: installed, args });
  const { executablePath, libraryFolder } = await unpackBundled();
  const env = { ...process.env, LD_LIBRARY_PATH: libraryFolder } as Record<string, string>;
  return chromium.launch({ executablePath, args: [...args, '--no-zygote', '--headless=shell'], env });
}

function findInstalled(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .flatMap((folder) => installedNames.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
}

async function unpackBundled() {
  // The package unpacks the libraries that Chromium needs only where it believes to be on that platform.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x';
  const { default: bundled } = await import('@sparticuz/chromium');
  return { executablePath: await bundled.executablePath(), libraryFolder: join(tmpdir(), 'al2023', 'lib') };
}
