/**
 * The process that decodes strangers' pictures: started when a thumbnail is wanted, ended when none has been for a
 * while. A picture that brings it down brings nothing else down.
 */
import { writeFileSync } from 'node:fs';
import sharp from 'sharp';

/** What the server asks: make the picture at `from` small, at `to`; `id` comes back with the answer. */
export type ThumbnailOrder = { id: number; from: string; to: string };
export type ThumbnailReply = { id: number; isMade: boolean };

/** Longer side, in pixels: sharp on a tile of half that size on a fine screen. */
const maxSide = 320;
/** What is larger is refused before it is unpacked. */
const maxPixels = 64e6;
const maxSeconds = 10;

// Of all the formats the library knows, only pictures of points: no SVG, no PDF, nothing that can name another file.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'].map((format) => `VipsForeignLoad${format}File`),
});
sharp.cache(false);
sharp.concurrency(1);
try {
  // Should memory run out all the same, this is what the system ends first.
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
  // Only Linux has it.
}

async function make({ from, to }: ThumbnailOrder): Promise<boolean> {
  try {
    await sharp(from, { limitInputPixels: maxPixels, failOn: 'error', pages: 1 })
      .timeout({ seconds: maxSeconds })
      .autoOrient()
      .resize(maxSide, maxSide, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 75, effort: 2 })
      .toFile(to);
    return true;
  } catch {
    return false;
  }
}

process.on('message', (order: ThumbnailOrder) => {
  void make(order).then((isMade) => process.send?.({ id: order.id, isMade } satisfies ThumbnailReply));
});
process.on('disconnect', () => process.exit());
