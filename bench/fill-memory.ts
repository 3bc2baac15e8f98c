import { open, readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';

/** What is left free: enough for the system not to be short of it. */
const freeBytes = 512 * 1024 * 1024;
/** More than fits, so that what comes next is not there any more. */
const fileBytes = 2 * totalmem();
const buffer = Buffer.allocUnsafeSlow(8 * 1024 * 1024);
let position = 0;

/**
 * Fills free memory with pages of a file of nothing at `path`, as it is full of some file on each server that has run for
 * a while. A virtual machine gives free memory back to its host some seconds later, and who then comes to its end waits
 * for every page: one contestant three times as long as the other, by chance.
 */
export async function fillMemory(path: string): Promise<void> {
  await using file = await open(path, 'a+');
  // A hole takes no place on the disk.
  await file.truncate(fileBytes);
  for (let read = 0; read < fileBytes && (await freeMemory()) > freeBytes; read += buffer.length) {
    await file.read(buffer, 0, buffer.length, position);
    position = (position + buffer.length) % fileBytes;
  }
}

async function freeMemory(): Promise<number> {
  const [, kibibytes] = /^MemFree:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}
