import type { Refusal } from './upload-item.ts';

export const changedOnDisk: Refusal = {
  code: 'invalid',
  reason: 'unreadable',
  message: 'This file was changed or moved on your computer. Choose it again.',
};

/** A file that was changed or unplugged fails like a lost connection does; this tells the one from the other. */
export async function explainUnreadable(file: File): Promise<Refusal | undefined> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return undefined;
  } catch {
    return changedOnDisk;
  }
}
