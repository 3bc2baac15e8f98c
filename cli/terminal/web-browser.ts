import { spawn } from 'node:child_process';

/** Opens an address in the person's browser; answers false when there is none to open it in. */
export async function openInBrowser(address: string): Promise<boolean> {
  const isLinux = process.platform === 'linux';
  if (isLinux && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY && !process.env.BROWSER) return false;
  const usual = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const { BROWSER = '' } = process.env;
  // A list or a command line in it is xdg-open's to understand.
  const child = spawn(/^[^\s%:]+$/.test(BROWSER) ? BROWSER : usual, [address], {
    stdio: 'ignore',
    detached: true,
  });
  const isOpened = await new Promise<boolean>((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
  child.unref();
  return isOpened;
}
