import type { Refusal } from './upload-item.ts';

/** A file that was changed or unplugged fails like a lost connection does; this tells the one from the other. */
export async function explainUnreadable(file: File): Promise<Refusal | undefined> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return undefined;
  } catch {
    return {
      code: 'invalid',
      message: 'This file was changed or moved on your computer. Choose it again.',
    };
  }
}
