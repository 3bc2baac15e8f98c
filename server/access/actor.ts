import type { EntryName, EntryPath } from '../contract/path.ts';

export type UserActor = {
  kind: 'user';
  id: string;
  name: EntryName;
  isAdmin: boolean;
};

/** A user who is asking, and how they proved who they are: by which session or which API token. */
export type SignedInUser = UserActor & { via: { kind: 'session' | 'token'; id: string } };

/** One thing that a link hands out. Its name is the first segment of every path under the link. */
export type LinkItem = { name: EntryName; path: EntryPath; kind: 'file' | 'directory' };

export type LinkActor = { kind: 'link'; id: string; items: readonly LinkItem[] };

/** Who is asking. From the gate on, a link is an actor like any other. */
export type Actor = UserActor | LinkActor | { kind: 'anonymous' };

export const anonymous: Actor = { kind: 'anonymous' };
