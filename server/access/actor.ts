import type { Level } from '../contract/level.ts';
import type { EntryName, EntryPath } from '../contract/path.ts';

export type UserActor = {
  kind: 'user';
  id: string;
  name: EntryName;
  isAdmin: boolean;
  /** What an API token leaves of their rights; absent when all. */
  narrowing?: Narrowing;
};

/** The most that may be done anywhere, and the only places where anything may be. */
export type Narrowing = { level: Level; paths: readonly EntryPath[] | undefined };

/** A user who is asking: how they proved who they are, by which session or which API token, and from where. */
export type SignedInUser = UserActor & { via: { kind: 'session' | 'token'; id: string }; address: string };

/** One thing that a link hands out. Its name is the first segment of every path under the link. */
export type LinkItem = { name: EntryName; path: EntryPath; kind: 'file' | 'directory' };

export type LinkActor = { kind: 'link'; id: string; items: readonly LinkItem[] };

/**
 * Who sends files by a drop link: may put new files below one folder, and sees nothing there or elsewhere. `id` is the
 * link's, `visitor` tells senders by one link apart.
 */
export type DropActor = { kind: 'drop'; id: string; creatorId: string; folder: EntryPath; visitor: string };

/** Who is asking. From the gate on, a link is an actor like any other. */
export type Actor = UserActor | LinkActor | DropActor | { kind: 'anonymous' };

export const anonymous: Actor = { kind: 'anonymous' };
