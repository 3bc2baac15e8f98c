import { measureBrowserUploads } from './rows/browser-uploads.ts';
import { measureBulk } from './rows/bulk.ts';
import { measureClientCopies } from './rows/client-copies.ts';
import { measureClientLargeCopies } from './rows/client-large-copies.ts';
import { measureClientListing } from './rows/client-listing.ts';
import { measureClientStart } from './rows/client-start.ts';
import { measureDownload } from './rows/download.ts';
import { measureEarlierLinks } from './rows/earlier-links.ts';
import { measureHugeDrop } from './rows/huge-drop.ts';
import { measureLargeUpload } from './rows/large-upload.ts';
import { measureLinkPage } from './rows/link-page.ts';
import { measureLinks } from './rows/links.ts';
import { measureListing } from './rows/listing.ts';
import { measurePins } from './rows/pins.ts';
import { measureSmallFile } from './rows/small-file.ts';
import { measureUpload } from './rows/upload.ts';
import type { Row } from './table.ts';
import { mebibyte } from './test-files.ts';
import type { Workbench } from './workbench.ts';

type Contest = (workbench: Workbench) => Promise<Row[]>;
/** Contests that are held one after the other against the same servers; in that order. */
export type ContestSet = {
  contests: Record<string, Contest>;
  /** The most that the server may take up in all of them. */
  maxServerBytes: number;
};

export const sets: Record<string, ContestSet> = {
  serving: {
    contests: {
      download: measureDownload,
      'small-file': measureSmallFile,
      upload: measureUpload,
      listing: measureListing,
      'link-page': measureLinkPage,
    },
    maxServerBytes: 200 * mebibyte,
  },
  links: {
    contests: { earlier: measureEarlierLinks, links: measureLinks, pins: measurePins },
    maxServerBytes: 250 * mebibyte,
  },
  client: {
    contests: {
      start: measureClientStart,
      copies: measureClientCopies,
      'large-copies': measureClientLargeCopies,
      'long-list': measureClientListing,
    },
    maxServerBytes: 250 * mebibyte,
  },
  uploads: {
    contests: {
      'small-files': measureBulk,
      'large-file': measureLargeUpload,
      'from-browser': measureBrowserUploads,
      'huge-drop': measureHugeDrop,
    },
    maxServerBytes: 250 * mebibyte,
  },
};
