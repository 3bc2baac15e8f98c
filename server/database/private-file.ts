import { chmodSync, closeSync, openSync } from 'node:fs';

/**
 * Makes a database file that only its owner reads, or makes one so that is there. SQLite would create it readable by
 * everyone, and its journal files with the same mode.
 */
export function ensurePrivateFile(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}
