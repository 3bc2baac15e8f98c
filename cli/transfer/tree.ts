/** A file or folder of a tree that is copied, as its source knows it. */
export type TreeEntry = {
  /** Where it is below the top of the tree, `/` between names; empty for the top itself. */
  relative: string;
  /** Where its bytes are: a path on this machine, or an entry path of the storage. */
  origin: string;
  /** What a person is told of it, and can paste back: a path on this machine, or a short URI. */
  label: string;
  kind: 'file' | 'directory';
  size: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  /** Of a file in the storage: changes with its content. */
  etag?: string;
  /** Of a folder: nothing in it will be copied, so that nothing but itself makes it. */
  isEmpty?: boolean;
  /** Of a file that is to be copied: what stands in its place. */
  replaces?: Existing;
};

/** Where things come from. Folders come before what they hold; what cannot be read is told and left out. */
export type SourceTree = { walk(): AsyncIterable<TreeEntry> };

/** What there is already where things go. */
export type Existing = Pick<TreeEntry, 'kind' | 'size' | 'modifiedAt' | 'etag'> & {
  /** A pipe or a device, whose bytes can be read but not counted beforehand. */
  isStream?: boolean;
  /** Of a file on this machine: who may do what with it, and whose it is. */
  permissions?: Permissions;
};
export type Permissions = { mode: number; uid: number; gid: number };
export type TargetTree = {
  find(relative: string): Promise<Existing | undefined>;
  /** The names in a folder and what they are; none when there is no such folder. */
  list(relative: string): Promise<ReadonlyMap<string, Existing>>;
};

/** Brings entries from one side to the other; what fails for one of them is told to the tally, and only there. */
export type Carrier = {
  /** Makes the folder that all goes to, before anything is carried. */
  prepare(): Promise<void>;
  /** Takes a file on; resolves when there is room for the next, not when it has arrived. */
  carry(entry: TreeEntry): Promise<void>;
  makeDirectory(entry: TreeEntry): Promise<void>;
  /** Resolves when everything taken on has arrived or failed. */
  finish(): Promise<void>;
};

export type CopyJob = { source: SourceTree; target: TargetTree; carrier: Carrier };

export type OnProblem = (subject: string, error: unknown) => void;

export function joinRelative(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

export function splitRelative(relative: string): { folder: string; name: string } {
  const slash = relative.lastIndexOf('/');
  return { folder: relative.slice(0, Math.max(0, slash)), name: relative.slice(slash + 1) };
}
