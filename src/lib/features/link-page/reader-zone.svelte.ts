import type { formatMoment } from '$lib/format/time.ts';

type Zone = NonNullable<Parameters<typeof formatMoment>[1]>;

/**
 * The time zone that times are written in: UTC from the server, which cannot know the reader's, and the reader's own
 * once the page is alive. The first drawing in the browser must repeat the server's, so it waits to be told.
 */
class ReaderZone {
  current = $state.raw<Zone>({ timeZone: 'UTC' });

  settle(): void {
    this.current = {};
  }
}

export const readerZone = new ReaderZone();
