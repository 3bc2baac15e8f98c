import { parseUri } from '$contract/uri.ts';
import type { EntryPath } from '$contract/path.ts';
import type { Root, Session } from '$contract/schemas.ts';
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

  async refreshRoots(): Promise<void> {
    this.roots = (await listRoots()).items;
  }

  async signOut(): Promise<void> {
    await deleteSession();
    this.forget();
  }

  /** The server ended it. */
  forget(): void {
    this.#session = undefined;
    this.roots = [];
  }

  get current(): Session {
    if (!this.#session) throw new Error('The session was asked for before it was loaded.');
    return this.#session;
  }

  get isLoaded(): boolean {
    return this.#session !== undefined;
  }

  pathOf(uri: string): EntryPath {
    return parseUri(uri, this.current);
  }
}

export const session = new SessionState();
