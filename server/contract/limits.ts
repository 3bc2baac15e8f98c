/** Numbers that the server holds its callers to, and that clients keep to beforehand. */

/** Longest password that is hashed, in bytes: beyond it the request is refused before any work. */
export const maxPasswordBytes = 1024;
export const minPasswordLength = 8;

/** Entries on one page of a listing. */
export const maxListLimit = 5000;

/** Files that travel together in one request may be this many and this large. */
export const maxBulkFiles = 1000;
export const maxBulkBytes = 64 * 1024 * 1024;

/** Items of one zip: named in the address, or by a form. */
export const maxArchiveUrlItems = 1000;
export const maxArchiveItems = 10_000;

/** Files that one comparison may ask about. */
export const maxComparedFiles = 2000;

/** Entries that one request takes back of a drop; more are asked for again. */
export const maxUndoneEntries = 1000;

/** Files of theirs that a link for dropping shows to whoever sent them. */
export const maxSentShown = 1000;

/** Places that one API token may be bound to. */
export const maxTokenUris = 100;
