import { z } from 'zod';
import { errorCodes } from './app-error.ts';
import { maxLinkSeconds } from './duration.ts';
import { levels } from './level.ts';
import {
  maxArchiveItems,
  maxBulkFiles,
  maxComparedFiles,
  maxListLimit,
  maxPasswordBytes,
  maxTokenUris,
  minPasswordLength,
} from './limits.ts';

const isoDate = z.iso.datetime({ offset: true });
const uri = z.string().min(1).max(12_400);
/** In hexadecimal. */
/** By which checksum an upload is verified, when that is not SHA-256. */
export const uploadChecksumSchema = z.literal('xxh64', 'The checksum of an upload is xxh64, or not said.');
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'A SHA-256 has 64 digits of 0-9 and a-f.');
/** Names what one person dropped at once, so that it can be undone; random, chosen by the client. */
export const dropIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,64}$/, 'A drop is named by 16 to 64 of A-Z, a-z, 0-9, "-" and "_".');

export const levelSchema = z.enum(levels);
export const onConflictSchema = z.enum(['fail', 'rename', 'replace']);
export type OnConflict = z.infer<typeof onConflictSchema>;

/** User names are also the names of homes, so they keep to what is safe and unambiguous everywhere. */
export const userNameSchema = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?$/,
    'A name is 1 to 32 of a-z, 0-9, ".", "_", "-", and begins and ends with a letter or digit.',
  );
export const passwordSchema = z
  .string()
  .min(minPasswordLength, `A password has at least ${minPasswordLength} characters.`)
  .refine((text) => new TextEncoder().encode(text).length <= maxPasswordBytes, 'That password is too long.');
/** What is typed at sign-in: any string short enough to be hashed. */
const typedPasswordSchema = z
  .string()
  .min(1, 'A password has at least one character.')
  .max(maxPasswordBytes, 'That password is too long.');
export const labelSchema = z
  .string()
  .trim()
  .max(200, 'A label has at most 200 characters.')
  .regex(/^\P{Cc}*$/u, 'A label is one line, without control characters.');

const errorSchema = z.object({
  code: z.enum(errorCodes),
  reason: z.string().optional(),
  message: z.string(),
});

export const entrySchema = z.object({
  name: z.string(),
  uri: z.string(),
  kind: z.enum(['file', 'directory']),
  /** Bytes; null for a directory. */
  size: z.int().nullable(),
  modifiedAt: isoDate,
  /** Changes whenever the content does; a strong validator (RFC 9110 section 8.8). */
  etag: z.string(),
  /** The caller's own level on this entry. */
  level: levelSchema,
  /** Whether a live link gives exactly this entry: one of the caller's, or anyone's where the caller may manage. */
  linked: z.boolean().optional(),
  /** The nearest folder above that such a link gives, and this with it. Children of a listing have what its entry has. */
  linkedAbove: z.string().optional(),
});
export type Entry = z.infer<typeof entrySchema>;

export const sortKeys = ['name', 'size', 'modified'] as const;
export const listQuerySchema = z.object({
  limit: z.coerce.number().int().min(0).max(maxListLimit).default(200),
  cursor: z.string().max(2000).optional(),
  sort: z.enum(sortKeys).default('name'),
  order: z.enum(['asc', 'desc']).default('asc'),
  filter: z.string().max(255).optional(),
});
export type ListQuery = z.infer<typeof listQuerySchema>;

export const childrenSchema = z.object({
  items: z.array(entrySchema),
  next: z.string().nullable(),
  /** How many children there are in all, after the filter. */
  total: z.int(),
  /** Children that exist but cannot be shown: symbolic links, devices, names that are not valid Unicode. */
  omitted: z.int().optional(),
});
export const listingSchema = z.object({ entry: entrySchema, children: childrenSchema.optional() });
export type Listing = z.infer<typeof listingSchema>;

export const rootSchema = z.object({
  name: z.string(),
  uri: z.string(),
  kind: z.enum(['home', 'mount']),
  level: levelSchema,
  /** Bytes free and in all on the volume below; null where the back end has no such notion. */
  freeBytes: z.int().nullable(),
  totalBytes: z.int().nullable(),
  /**
   * What all its files may have together, null = no quota; and what they have, with the whole of unfinished uploads, null
   * also while it is being counted.
   */
  quotaBytes: z.int().nullable(),
  usedBytes: z.int().nullable(),
  /** What may still be stored: of the quota and of the free space, whichever is less. */
  availableBytes: z.int().nullable(),
  /** The largest file that may be stored. */
  maxFileBytes: z.int(),
});
export type Root = z.infer<typeof rootSchema>;

export const transferSchema = z.object({
  from: z.array(uri).min(1).max(10_000),
  to: uri,
  onConflict: onConflictSchema.default('fail'),
  /** true: `to` is the folder to put things in; false: it is the new path itself; absent: as `mv` decides. */
  into: z.boolean().optional(),
});
export type Transfer = z.infer<typeof transferSchema>;
export const transferResultSchema = z.object({
  items: z.array(
    z.object({
      from: z.string(),
      /** Where it is now; absent when it failed. */
      to: z.string().optional(),
      error: errorSchema.optional(),
    }),
  ),
  next: z.null(),
});
export type TransferResult = z.infer<typeof transferResultSchema>;

/** What a bulk upload says of its files before it sends them: one object a file part, in order. */
export const bulkManifestSchema = z
  .array(
    z.object({
      /** Where the file goes, relative to the folder; else the part's filename says it. */
      path: z.string().optional(),
      size: z.int().min(0).optional(),
      modifiedAt: isoDate.optional(),
      /** In hexadecimal; what does not match is not stored. */
      sha256: sha256Schema.optional(),
      /** For this file alone; else what the request says. */
      onConflict: onConflictSchema.optional(),
      /** Replace only the version with this etag; another one is `precondition_failed`, reason `etag_mismatch`. */
      ifMatch: z.string().max(200).optional(),
    }),
  )
  .max(maxBulkFiles);
export type BulkManifest = z.infer<typeof bulkManifestSchema>;
export const bulkResultSchema = z.object({
  items: z.array(
    z.object({
      path: z.string(),
      entry: entrySchema.optional(),
      error: errorSchema.optional(),
    }),
  ),
  next: z.null(),
});
export type BulkResult = z.infer<typeof bulkResultSchema>;

export const checksumSchema = z.object({
  /** Of the version with `etag`; null when it is not known and was not to be computed. */
  sha256: z.string().nullable(),
  /** Of the same version; null when it was never verified by it. */
  xxh64: z.string().nullable(),
  etag: z.string(),
  size: z.int(),
});
export type Checksum = z.infer<typeof checksumSchema>;

/** Files that a client is about to store below a folder, to be held against what is there. */
export const comparisonSchema = z.object({
  folder: uri,
  items: z
    .array(
      z.object({
        /** Relative to the folder. */
        path: z.string().min(1).max(12_400),
        size: z.int().min(0),
        modifiedAt: isoDate.optional(),
        sha256: sha256Schema.optional(),
      }),
    )
    .min(1)
    .max(maxComparedFiles),
});
export const comparisonStates = ['absent', 'same', 'different', 'other_kind'] as const;
export const comparisonResultSchema = z.object({
  items: z.array(
    z.object({
      path: z.string(),
      /** `other_kind`: a folder, or something that is not shown, has the name. */
      state: z.enum(comparisonStates),
      /** What `same` rests on: equal content, or only equal size and date. */
      by: z.enum(['sha256', 'modifiedAt']).optional(),
      /** What is there. */
      size: z.int().optional(),
      modifiedAt: isoDate.optional(),
      etag: z.string().optional(),
      /** null when it is not known: ask `GET /checksums` to have it computed. */
      sha256: z.string().nullable().optional(),
      /** Why this path cannot be stored at all, such as a name that is refused. */
      error: errorSchema.optional(),
    }),
  ),
  next: z.null(),
});
export type ComparisonResult = z.infer<typeof comparisonResultSchema>;

export const dropSchema = z.object({
  id: z.string(),
  files: z.int(),
  folders: z.int(),
  /** How many of the files replaced one that is kept. */
  replaced: z.int(),
  undoableUntil: isoDate,
});
export type Drop = z.infer<typeof dropSchema>;
export const undoOutcomes = ['removed', 'restored', 'changed', 'not_empty', 'gone', 'failed'] as const;
export const undoSchema = z.object({
  items: z.array(
    z.object({
      uri: z.string(),
      kind: z.enum(['file', 'directory']),
      /** `changed` and `not_empty` were left alone; `gone` was not there any more. */
      outcome: z.enum(undoOutcomes),
      error: errorSchema.optional(),
    }),
  ),
  /** How many entries are left: ask again for them. */
  remaining: z.int(),
});
export type Undo = z.infer<typeof undoSchema>;

/** One of the caller's uploads that is not finished. */
export const uploadSchema = z.object({
  /** The last part of its tus address. */
  id: z.string(),
  uri: z.string(),
  name: z.string(),
  size: z.int(),
  /** How many bytes have come. */
  offset: z.int(),
  modifiedAt: isoDate.nullable(),
  onConflict: onConflictSchema,
  drop: z.string().nullable(),
  createdAt: isoDate,
  /** When its last bytes came. */
  touchedAt: isoDate,
  /** Until when it can be resumed. */
  expiresAt: isoDate,
});
export type Upload = z.infer<typeof uploadSchema>;
export const uploadListQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(2000).optional(),
});

const archiveItem = z.string().max(12_400);
/** One item, or several under one name, as a form sends them. */
export const archiveFormSchema = z.object({
  item: z.union([archiveItem, z.array(archiveItem).max(maxArchiveItems)]),
});

export const removalSummarySchema = z.object({ files: z.int(), directories: z.int(), bytes: z.int() });
export type RemovalSummary = z.infer<typeof removalSummarySchema>;

export const linkStates = ['live', 'expired', 'revoked', 'used_up', 'orphaned'] as const;
export type LinkState = (typeof linkStates)[number];
export const linkModes = ['read', 'drop'] as const;

/** Any text that is not only spaces; compared byte for byte. */
const linkPasswordSchema = typedPasswordSchema.refine(
  (text) => text.trim() !== '',
  'A password of spaces only is none.',
);
const maxDownloadsSchema = z.int().min(1).max(1_000_000);
const noteSchema = z.string().trim().max(2000);

const fileType = z
  .string()
  .regex(/^\.?[a-z0-9][a-z0-9.+_-]{0,30}$/i, 'A type is the end of a name, such as jpg or tar.gz.');
const byteLimit = z.int().min(1);
/** What a link for dropping takes; null = no limit of its own. */
export const dropLimitsSchema = z.object({
  maxFileBytes: byteLimit.nullable(),
  /** In all, by everyone who has the link. */
  maxBytes: byteLimit.nullable(),
  maxFiles: z.int().min(1).max(1_000_000).nullable(),
  /** Endings of names, without the dot. */
  types: z.array(fileType).max(50).nullable(),
});
export type DropLimits = z.output<typeof dropLimitsSchema>;

export const newLinkSchema = z
  .object({
    items: z.array(uri).min(1).max(1000),
    expiresIn: z.int().min(1).max(maxLinkSeconds).nullish(),
    expiresAt: isoDate.nullish(),
    password: linkPasswordSchema.nullish(),
    maxDownloads: maxDownloadsSchema.nullish(),
    note: noteSchema.nullish(),
    mode: z.enum(linkModes).default('read'),
    label: labelSchema.nullish(),
    /** Whether the creator wants mail: at the first download, when something is dropped, a day before it ends. */
    notify: z.boolean().optional(),
    /** Of a link for dropping. */
    drop: dropLimitsSchema.partial().optional(),
    /** Whether it gives exactly the bytes that are there now, and no others ever. */
    pinned: z.boolean().default(false),
  })
  .refine((link) => link.mode === 'drop' || link.drop === undefined, {
    message: 'Only a link of mode "drop" has limits on what is dropped.',
    path: ['drop'],
  })
  .refine((link) => link.mode !== 'drop' || (!link.pinned && link.maxDownloads == null), {
    message: 'A link of mode "drop" gives nothing, so it cannot be pinned or limited in downloads.',
    path: ['mode'],
  })
  .refine((link) => link.expiresIn == null || link.expiresAt == null, {
    message: 'Give expiresIn or expiresAt, not both.',
    path: ['expiresAt'],
  });
export type NewLink = z.input<typeof newLinkSchema>;

/** What is absent stays as it is; null takes it away, and a link without an expiry is permanent. */
export const linkPatchSchema = z
  .object({
    items: z.array(uri).min(1).max(1000).optional(),
    expiresIn: z.int().min(1).max(maxLinkSeconds).nullable().optional(),
    expiresAt: isoDate.nullable().optional(),
    password: linkPasswordSchema.nullable().optional(),
    maxDownloads: maxDownloadsSchema.nullable().optional(),
    label: labelSchema.nullable().optional(),
    note: noteSchema.nullable().optional(),
    notify: z.boolean().optional(),
    drop: dropLimitsSchema.partial().optional(),
    pinned: z.boolean().optional(),
    /** false undoes a revocation, for ten minutes after it. */
    revoked: z.literal(false).optional(),
  })
  .strict()
  .refine((link) => link.expiresIn === undefined || link.expiresAt === undefined, {
    message: 'Give expiresIn or expiresAt, not both.',
    path: ['expiresAt'],
  });
export type LinkPatch = z.input<typeof linkPatchSchema>;
export const unlockSchema = z.object({ password: typedPasswordSchema });

export const linkItemSchema = z.object({
  /** The first path segment under the link. */
  name: z.string(),
  uri: z.string(),
  kind: z.enum(['file', 'directory']),
});
/** Rules that a link breaks, which it was made before. */
export const linkBreaches = ['permanent', 'too_long', 'no_password'] as const;
export type LinkBreach = (typeof linkBreaches)[number];
export const pinSchema = z.object({
  /** preparing = its manifest is being made, until when nothing is given. */
  state: z.enum(['preparing', 'ready', 'failed']),
  /** In all, and of these done; more are found while the tree is still being read. */
  files: z.int(),
  bytes: z.int(),
  doneFiles: z.int(),
  doneBytes: z.int(),
  /** SHA-256 of the link's SHA256SUMS, which names every file; null until it is ready. */
  sha256: z.string().nullable(),
  /** Why it could not be made. */
  problem: z.string().nullable(),
  createdAt: isoDate,
});
export type Pin = z.infer<typeof pinSchema>;

export const linkSchema = z.object({
  id: z.string(),
  /** The address itself, rebuilt from the key for its owner. */
  url: z.string(),
  items: z.array(linkItemSchema),
  mode: z.enum(linkModes),
  label: z.string().nullable(),
  /** Words to whoever receives the link. */
  note: z.string().nullable(),
  hasPassword: z.boolean(),
  /** How many downloads may be begun in all, and how many are left; null = without a limit. */
  maxDownloads: z.int().nullable(),
  downloadsLeft: z.int().nullable(),
  state: z.enum(linkStates),
  createdBy: z.string(),
  createdAt: isoDate,
  /** null = permanent. */
  expiresAt: isoDate.nullable(),
  revokedAt: isoDate.nullable(),
  /** Whether it was an administrator who revoked it, for the creator not to undo. */
  isRevokedByAdmin: z.boolean(),
  /** Of an orphaned link: its items were deleted, or its creator may no longer share them. Else null. */
  orphanedBy: z.enum(['deletion', 'lost_right']).nullable(),
  /** Rules that it breaks, since they are younger than it is. It works on. */
  breaches: z.array(z.enum(linkBreaches)),
  notify: z.boolean(),
  /** How often the page was opened, and how many downloads were begun. */
  opens: z.int(),
  downloads: z.int(),
  /** Bytes that went out by it, of previews and of downloads that broke off too. */
  bytesSent: z.int(),
  lastUsedAt: isoDate.nullable(),
  /** Of a link for dropping: its limits and what has come, with what is on its way. */
  drop: dropLimitsSchema.extend({ takenFiles: z.int(), takenBytes: z.int() }).nullable(),
  /** The manifest of what a pinned link gives, and the one that is to replace it, if any. */
  pin: pinSchema.nullable(),
  nextPin: pinSchema.nullable(),
});
export type Link = z.infer<typeof linkSchema>;
/** A link as others than its creator see it: without its address, which is the right to use it. */
export const foreignLinkSchema = linkSchema.omit({ url: true });
export type ForeignLink = z.infer<typeof foreignLinkSchema>;
/** A link that gives an entry by itself or with something above it; with its address if it is the caller's own. */
export const coveringLinkSchema = foreignLinkSchema.extend({ url: z.string().nullable() });
export type CoveringLink = z.infer<typeof coveringLinkSchema>;
/** What the rules leave open to a link. */
export const linkRulesSchema = z.object({
  /** Longest life in seconds; null = any. */
  maxSeconds: z.int().nullable(),
  isPermanentAllowed: z.boolean(),
  isPasswordRequired: z.boolean(),
  /** Whether mail about links is sent here. */
  canNotify: z.boolean(),
});
export type LinkRules = z.infer<typeof linkRulesSchema>;
export const linkEventKinds = ['opened', 'previewed', 'downloaded', 'zipped', 'dropped'] as const;
export type LinkEventKind = (typeof linkEventKinds)[number];
/** One row of a link's timeline; like events of one client, shortly after each other, are one. */
export const linkEventSchema = z.object({
  id: z.string(),
  kind: z.enum(linkEventKinds),
  /** Under the link, item name first; null = the page, or everything. */
  path: z.string().nullable(),
  /** How many entries it was, the one at `path` among them. */
  items: z.int(),
  /** `Firefox`, `curl`, `bot`: no more of a client is kept. */
  client: z.string(),
  /** Truncated unless the settings say otherwise; empty when none is kept. */
  address: z.string(),
  /** The name that whoever dropped files gave themselves. */
  sender: z.string().nullable(),
  startedAt: isoDate,
  lastAt: isoDate,
  /** How often it was begun, and brought to its end. The rest of a download begun earlier has begun nothing. */
  begun: z.int(),
  finished: z.int(),
  isRunning: z.boolean(),
  bytes: z.int(),
});
export type LinkEvent = z.infer<typeof linkEventSchema>;
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(2000).optional(),
});
export const linkListQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(2000).optional(),
  /** Only links on exactly these entries. */
  uri: z.union([z.string(), z.array(z.string())]).optional(),
  filter: z.string().max(200).optional(),
  state: z.enum(['live', 'ended']).optional(),
});
export const allLinksQuerySchema = linkListQuerySchema.omit({ uri: true }).extend({
  creator: z.string().max(200).optional(),
  root: z.string().max(255).optional(),
});

/** A file that was sent by a link, as the link's owner sees it. */
export const receivedDropSchema = z.object({
  /** As the sender had it, and as it is kept, relative to the link's folder. */
  sentPath: z.string(),
  storedPath: z.string(),
  size: z.int(),
  /** What the sender calls themselves; null = nothing. */
  sender: z.string().nullable(),
  /** The same for all that came from one browser. */
  visitor: z.string(),
  receivedAt: isoDate,
});
export type ReceivedDrop = z.infer<typeof receivedDropSchema>;
/** The same as its sender sees it. */
export const sentDropSchema = receivedDropSchema.omit({ sender: true, visitor: true });
export type SentDrop = z.infer<typeof sentDropSchema>;

/** What the holder of a link sees: names and sizes under the link, never the owner's paths. */
export const sharedEntrySchema = entrySchema
  .omit({ uri: true, level: true, linked: true, linkedAbove: true })
  .extend({
    /** The path under the link, item name first. */
    path: z.string(),
  });
export type SharedEntry = z.infer<typeof sharedEntrySchema>;
const sharedLinkSchema = z.object({
  label: z.string().nullable(),
  note: z.string().nullable(),
  hasPassword: z.boolean(),
  sharedBy: z.string(),
  mode: z.enum(linkModes),
  expiresAt: isoDate.nullable(),
  /** null = without a limit; a limited link shows no previews. */
  downloadsLeft: z.int().nullable(),
  itemCount: z.int(),
  /** Bytes of the items that are files; folders are counted when they are opened. */
  fileBytes: z.int(),
  /** Of a pinned link: how far its manifest is, and what that is. */
  pin: pinSchema.omit({ problem: true }).nullable(),
});
export type SharedLink = z.infer<typeof sharedLinkSchema>;
export const sharedListingSchema = z.object({
  link: sharedLinkSchema,
  /** The folder that is listed, or the file asked about; absent at the top of the link. */
  entry: sharedEntrySchema.optional(),
  children: z
    .object({
      items: z.array(sharedEntrySchema),
      next: z.string().nullable(),
      total: z.int(),
      omitted: z.int().optional(),
    })
    .optional(),
});
/** What the holder of a link for dropping sees: its terms, and what they sent themselves, newest first. */
export const dropPageSchema = z.object({
  link: sharedLinkSchema,
  limits: dropLimitsSchema,
  /** Bytes of one request of a resumable upload. */
  chunkBytes: z.int(),
  items: z.array(sentDropSchema),
  next: z.null(),
});
export type DropPage = z.infer<typeof dropPageSchema>;
/** One result a file, in order. */
export const dropResultSchema = z.object({
  items: z.array(
    z.object({ path: z.string(), storedPath: z.string().optional(), error: errorSchema.optional() }),
  ),
  next: z.null(),
});
export type DropResult = z.infer<typeof dropResultSchema>;
export type SharedListing = z.infer<typeof sharedListingSchema>;

export const newSessionSchema = z.object({ name: z.string().min(1).max(200), password: typedPasswordSchema });
export const quotaSchema = z.union([z.int().min(0), z.enum(['default', 'none'])], {
  error: 'A quota is a number of bytes, "default" or "none".',
});
export type Quota = z.infer<typeof quotaSchema>;
export const userSchema = z.object({
  name: z.string(),
  isAdmin: z.boolean(),
  isDisabled: z.boolean(),
  createdAt: isoDate,
  /** Where mail about their links goes; for themselves and administrators to see. */
  email: z.string().nullable(),
  /** When they last asked for anything, to within a few minutes; null = never. */
  lastSeenAt: isoDate.nullable(),
  /** false: they sign in with the provider only. */
  hasPassword: z.boolean(),
  /** What was set for their home: bytes, `none`, or `default`, which is what the settings say. */
  quota: quotaSchema,
  /** The bytes that hold, null = no quota; and those in use, null also while they are being counted. */
  quotaBytes: z.int().nullable(),
  usedBytes: z.int().nullable(),
});
export type User = z.infer<typeof userSchema>;
/** Who is asking, and what the page needs to know to greet them. */
export const sessionSchema = z.object({
  user: userSchema,
  cluster: z.string(),
  home: z.string(),
  uploads: z.object({
    /** Bytes that one request of a resumable upload should carry at most. */
    chunkBytes: z.int(),
    /** For how long a drop can be undone. */
    undoSeconds: z.int(),
  }),
});
export type Session = z.infer<typeof sessionSchema>;
export const sessionRowSchema = z.object({
  id: z.string(),
  createdAt: isoDate,
  lastSeenAt: isoDate,
  expiresAt: isoDate,
  userAgent: z.string(),
  address: z.string(),
  isCurrent: z.boolean(),
});
export type SessionRow = z.infer<typeof sessionRowSchema>;

export const setupSchema = z.object({
  token: z.string().min(1).max(200),
  name: userNameSchema,
  password: passwordSchema,
});
export const newUserSchema = z.object({
  name: userNameSchema,
  password: passwordSchema,
  isAdmin: z.boolean().default(false),
});
export const userPatchSchema = z
  .object({
    password: passwordSchema.optional(),
    /** The caller's own password; needed to change one's own. */
    currentPassword: typedPasswordSchema.optional(),
    isAdmin: z.boolean().optional(),
    isDisabled: z.boolean().optional(),
    email: z.email('That is not an e-mail address.').max(254).nullable().optional(),
    /** What the files in their home may have together. */
    quota: quotaSchema.optional(),
  })
  .strict();

export const inviteStates = ['open', 'accepted', 'expired'] as const;
const maxInviteSeconds = 30 * 86_400;
export const newInviteSchema = z.object({
  /** The name of the account; without it whoever is invited chooses one. */
  name: userNameSchema.nullish(),
  isAdmin: z.boolean().default(false),
  groups: z.array(userNameSchema).max(100).default([]),
  expiresIn: z
    .int()
    .min(60)
    .max(maxInviteSeconds)
    .default(7 * 86_400),
});
export type NewInvite = z.input<typeof newInviteSchema>;
export const inviteSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  isAdmin: z.boolean(),
  groups: z.array(z.string()),
  createdBy: z.string(),
  createdAt: isoDate,
  expiresAt: isoDate,
  acceptedAt: isoDate.nullable(),
  acceptedBy: z.string().nullable(),
  state: z.enum(inviteStates),
});
export type Invite = z.infer<typeof inviteSchema>;
const inviteTokenSchema = z.string().min(1).max(200);
export const inviteInspectionSchema = z.object({ token: inviteTokenSchema });
export const inviteAcceptanceSchema = z.object({
  token: inviteTokenSchema,
  name: userNameSchema,
  password: passwordSchema,
});
/** What whoever holds an invite may know of it. */
export const openInviteSchema = z.object({
  name: z.string().nullable(),
  invitedBy: z.string(),
  cluster: z.string(),
  expiresAt: isoDate,
});
export type OpenInvite = z.infer<typeof openInviteSchema>;
/** A home whose user is gone. */
export const orphanedHomeSchema = z.object({ name: z.string() });
export const homeGiftSchema = z.object({ to: userNameSchema });

export const newTokenSchema = z.object({
  label: labelSchema.default(''),
  expiresIn: z
    .int()
    .min(60, 'It must last for a minute at least.')
    .max(maxLinkSeconds, 'It lasts for ten years at most. For longer, say no end.')
    .nullish(),
  /** The most that it may do anywhere; absent or null = what its user may. */
  level: levelSchema.nullish(),
  /** The only places where it may do anything; they are places, and do not follow what is moved away from them. */
  uris: z.array(uri).min(1).max(maxTokenUris).nullish(),
});
export type NewToken = z.input<typeof newTokenSchema>;
export const tokenSchema = z.object({
  id: z.string(),
  label: z.string(),
  createdAt: isoDate,
  expiresAt: isoDate.nullable(),
  lastUsedAt: isoDate.nullable(),
  level: levelSchema.nullable(),
  uris: z.array(z.string()).nullable(),
});
export type Token = z.infer<typeof tokenSchema>;

/** Why a sign-in with the provider came to nothing, as the sign-in page is told. */
export const signInProblems = [
  'provider_failed',
  'expired',
  'no_account',
  'not_allowed',
  'disabled',
  'name_taken',
  'identity_taken',
] as const;
export type SignInProblem = (typeof signInProblems)[number];
export const signInSchema = z.object({
  password: z.boolean(),
  /** Beside passwords; null = none. */
  provider: z.object({ name: z.string() }).nullable(),
});
export type SignIn = z.infer<typeof signInSchema>;
const nextSchema = z.string().max(4000);
export const signInQuerySchema = z.object({ next: nextSchema.optional() });
export const identitySchema = z.object({
  id: z.string(),
  issuer: z.string(),
  /** Its name, where it is the provider that is set up; null = another, or none is. */
  provider: z.string().nullable(),
  createdAt: isoDate,
});
export type Identity = z.infer<typeof identitySchema>;
export const newIdentitySchema = z.object({ next: nextSchema.default('/account') });

/** 256 bits as base64url. */
const bits256 = z.string().regex(/^[\w-]{43}$/, 'It is 43 characters of base64url.');
export const clientApprovalSchema = z.object({ challenge: bits256, label: labelSchema.default('') });
export const approvedClientSchema = z.object({ code: z.string(), expiresAt: isoDate });
export type ApprovedClient = z.infer<typeof approvedClientSchema>;
export const clientRedemptionSchema = z.object({ code: bits256, verifier: bits256 });

/** Groups are named as users are. */
export const groupSchema = z.object({ name: z.string(), members: z.array(z.string()), createdAt: isoDate });
export type Group = z.infer<typeof groupSchema>;
export const newGroupSchema = z.object({ name: userNameSchema });
/** Whom one may grant to, by the beginning of the name. */
export const teammateSchema = z.object({
  grantee: z.string(),
  name: z.string(),
  kind: z.enum(['user', 'group']),
});
export type Teammate = z.infer<typeof teammateSchema>;
export const explanationSchema = z.object({
  level: levelSchema.nullable(),
  /** own = the root is theirs, or an administrator's; null = nothing, or only a way through to something below. */
  cause: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('own') }),
      z.object({ kind: z.literal('grant'), uri: z.string(), grantee: z.string(), level: levelSchema }),
    ])
    .nullable(),
});
export type Explanation = z.infer<typeof explanationSchema>;

export const granteeSchema = z
  .string()
  .regex(/^(?:(?:user|group):[a-z0-9._-]+|public)$/, 'A grantee is user:<name>, group:<name> or public.');
export const grantSchema = z.object({
  uri: z.string(),
  grantee: z.string(),
  level: levelSchema,
  grantedBy: z.string(),
  createdAt: isoDate,
});
export type Grant = z.infer<typeof grantSchema>;
export const newGrantSchema = z.object({ uri, grantee: granteeSchema, level: levelSchema });
export const grantAnswerSchema = grantSchema.extend({
  effectiveLevel: levelSchema,
  warning: z.string().optional(),
});
export type GrantAnswer = z.infer<typeof grantAnswerSchema>;

/** What is written down in the audit log; the part before the dot says about what. */
export const auditActions = [
  'session.create',
  'session.fail',
  'session.end',
  'user.create',
  'user.change',
  'user.delete',
  'user.home',
  'group.create',
  'group.delete',
  'group.join',
  'group.leave',
  'grant.create',
  'grant.delete',
  'link.create',
  'link.read',
  'link.change',
  'link.revoke',
  'link.restore',
  'link.renew',
  'entry.delete',
  'token.create',
  'token.delete',
  'invite.create',
  'invite.withdraw',
  'invite.accept',
  'identity.create',
  'identity.delete',
  'key.rotate',
  'key.retire',
  'audit.export',
] as const;
export type AuditAction = (typeof auditActions)[number];
export const auditEventSchema = z.object({
  id: z.string(),
  at: isoDate,
  actor: z.object({
    /** operator = whoever runs commands on the installation; system = Drey itself. */
    kind: z.enum(['user', 'operator', 'system', 'anonymous']),
    name: z.string().nullable(),
    via: z.enum(['session', 'token']).nullable(),
  }),
  /** A network unless the installation keeps whole addresses. */
  address: z.string().nullable(),
  action: z.enum(auditActions),
  /** Whom or what it was done to, as it was called then: `user:alice`, `link:<id>`. */
  target: z.string().nullable(),
  uri: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()).nullable(),
});
export type AuditEvent = z.infer<typeof auditEventSchema>;
const auditWord = z
  .string()
  .regex(/^[a-z]+(?:\.[a-z]+)?$/, 'An action is a word such as grant or grant.create.');
export const auditFilterSchema = z.object({
  /** Who did it, or to whom it was done. */
  user: z.string().min(1).max(200).optional(),
  action: z.union([auditWord, z.array(auditWord).max(50)]).optional(),
  /** On this entry or below it. */
  uri: uri.optional(),
  from: isoDate.optional(),
  to: isoDate.optional(),
});
export const auditQuerySchema = auditFilterSchema.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^[0-9a-f]{28}$/)
    .optional(),
});

export const okSchema = z.object({ status: z.literal('ok') });
export const errorBodySchema = z.object({ error: errorSchema });
/** A listing of rows. */
export function rowsOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
export type Rows<T> = { items: T[]; next: string | null };
