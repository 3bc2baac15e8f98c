import { parseUri } from '$contract/uri.ts';
import type { EntryPath } from '$contract/path.ts';
import type { Root, Session, User } from '$contract/schemas.ts';
import { listRoots } from '../api/roots-api.ts';
import { deleteSession, getSession } from '../api/session-api.ts';

/** Who is signed in on this page, and which roots they can see. Exists in the browser only. */
class SessionState {
  #session = $state.raw<Session>();
  roots = $state.raw<Root[]>([]);

  /** Throws `unauthenticated` when nobody is signed in. */
  async load(): Promise<void> {
    const [session, roots] = await Promise.all([getSession(), listRoots()]);
    this.#session = session;
    this.roots = roots.items;
  }

  /** Reads the roots again, for what they hold now. While the server does not answer, what was known stays. */
  async refreshRoots(): Promise<void> {
    this.roots = await listRoots().then(
      ({ items }) => items,
      () => this.roots,
    );
  }

  /** What was changed about the person who is signed in. */
  putUser(user: User): void {
    this.#session = { ...this.current, user };
  }

  async signOut(): Promise<void> {
    await deleteSession();
    leave('/login');
  }

  get current(): Session {
    if (!this.#session) throw new Error('The session was asked for before it was loaded.');
    return this.#session;
  }

  get isLoaded(): boolean {
    return this.#session !== undefined;
  }

  /** The root that is this person's own. */
  get home(): EntryPath {
    return this.pathOf(this.current.home);
  }

  /** The root that holds `uri`, as far as it is known. */
  rootOf(uri: string): Root | undefined {
    return this.roots.find((root) => uri === root.uri || uri.startsWith(`${root.uri}/`));
  }

  pathOf(uri: string): EntryPath {
    return parseUri(uri, { cluster: this.current.cluster });
  }

  /** Of what a person typed: a short form means their own home. Throws `invalid`, with what is wrong in words. */
  pathOfTyped(uri: string): EntryPath {
    return parseUri(uri.trim(), { cluster: this.current.cluster, home: this.home });
  }
}

/** A full load, so that nothing of this person stays in memory. */
export function leave(address: string): void {
  location.assign(address);
}

export const session = new SessionState();
