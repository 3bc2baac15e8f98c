import type { Request, Response } from 'express';
import { create as contentDisposition } from 'content-disposition';
import parseRange from 'range-parser';
import { AppError } from '../contract/app-error.ts';
import type { OpenFile, StoredEntry } from '../files/files-service.ts';
import { matchesStrongly, matchesWeakly, parseEtagList } from './etag-list.ts';
import type { Presentation } from './content-type.ts';
import { writeChunks, type ByteMeter } from './write-chunks.ts';

/** First and last byte, both inclusive. */
type ByteRange = { start: number; end: number };

/** Told what is about to be sent, just before; may still refuse, and may measure what goes out. */
export type BeforeBytes = (range: { start: number; reachesEnd: boolean }) => Promise<ByteMeter | undefined>;

/**
 * Serves an open file as RFC 9110 says: preconditions, then range, then bytes. The file is released in every case.
 */
export async function sendFile(
  request: Request,
  response: Response,
  file: OpenFile,
  { name, contentType, disposition }: Presentation,
  beforeBytes: BeforeBytes = async () => undefined,
): Promise<void> {
  try {
    const { entry } = file;
    response.setHeader('ETag', `"${entry.etag}"`);
    response.setHeader('Last-Modified', entry.modifiedAt.toUTCString());
    response.setHeader('Accept-Ranges', 'bytes');
    if (isUnchanged(request, entry)) {
      response.status(304).end();
      return;
    }
    response.setHeader('Content-Type', contentType);
    response.setHeader('Content-Disposition', contentDisposition(name, { type: disposition }));
    // The bytes are a stranger's: were a browser to render them, they would have no origin and load nothing.
    response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'; frame-ancestors 'none'");

    const range = request.method === 'GET' ? selectRange(request, entry) : undefined;
    if (range === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${entry.size}`);
      throw new AppError('range_invalid', `The file has ${entry.size} bytes; the range lies outside of it.`);
    }
    const { start, end } = range ?? { start: 0, end: entry.size - 1 };
    if (range) {
      response.status(206);
      response.setHeader('Content-Range', `bytes ${start}-${end}/${entry.size}`);
    }
    response.setHeader('Content-Length', end - start + 1);
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const meter = await beforeBytes({ start, reachesEnd: end === entry.size - 1 });
    await writeChunks(response, file.bytes({ start, end }), end - start + 1, meter);
  } finally {
    file.close();
  }
}

/** Throws `precondition_failed`, or answers whether the client has the file already (RFC 9110 13.2.2). */
function isUnchanged(request: Request, entry: StoredEntry): boolean {
  const { 'if-match': ifMatch, 'if-unmodified-since': ifUnmodifiedSince } = request.headers;
  const { 'if-none-match': ifNoneMatch, 'if-modified-since': ifModifiedSince } = request.headers;
  const modifiedSeconds = Math.floor(entry.modifiedAt.getTime() / 1000);
  const isAfter = (date: string) => modifiedSeconds > Math.floor(Date.parse(date) / 1000);

  const failed =
    ifMatch !== undefined
      ? !matchesStrongly(parseEtagList(ifMatch), entry.etag)
      : ifUnmodifiedSince !== undefined && isAfter(ifUnmodifiedSince);
  if (failed) throw new AppError('precondition_failed', 'The file has changed.');
  if (ifNoneMatch !== undefined) return matchesWeakly(parseEtagList(ifNoneMatch), entry.etag);
  return (
    ifModifiedSince !== undefined && Number.isFinite(Date.parse(ifModifiedSince)) && !isAfter(ifModifiedSince)
  );
}

/** The one range to send; several ranges, or a header that makes no sense, are answered with the whole (14.2). */
function selectRange(request: Request, entry: StoredEntry): ByteRange | 'unsatisfiable' | undefined {
  const header = request.headers.range;
  const ifRange = request.get('if-range');
  if (header === undefined || header.length > 200 || !/^bytes=[\d\s,-]+$/.test(header)) return undefined;
  if (ifRange !== undefined && !isSameVersion(ifRange, entry)) return undefined;
  // More last bytes than there are mean all of them (14.1.2); the library takes that for an error.
  const last = Number(/^bytes=-(\d+)$/.exec(header)?.[1] ?? 0);
  if (last >= entry.size && entry.size > 0) return { start: 0, end: entry.size - 1 };
  const ranges = parseRange(entry.size, header);
  if (ranges === -2) return undefined;
  if (ranges === -1) return 'unsatisfiable';
  return ranges.length === 1 ? ranges[0] : undefined;
}

/**
 * If-Range wants a strong validator (RFC 9110 13.1.5). A date is none here: an upload may bring its own, so two versions
 * of a file can bear the same.
 */
function isSameVersion(ifRange: string, entry: StoredEntry): boolean {
  return /^(?:W\/)?"/.test(ifRange) && matchesStrongly(parseEtagList(ifRange), entry.etag);
}
