import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

const suffix = '.drey.part';
const maxNameBytes = 255;

/** Where the bytes of a download gather until they are all there: beside the target, on its file system. */
export function partPath(target: string): string {
  const name = basename(target);
  const fits = Buffer.byteLength(name) + suffix.length <= maxNameBytes;
  const short = fits ? name : createHash('sha256').update(name).digest('hex');
  return join(dirname(target), `${short}${suffix}`);
}

/** Whether a name is that of an unfinished download, which is nobody's file yet. */
export function isPartName(name: string): boolean {
  return name.endsWith(suffix);
}
