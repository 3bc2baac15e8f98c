import { goto } from '$app/navigation';
import { includesLevel, type Level } from '$contract/level.ts';
import { isRoot, nameOf, parentOf, type EntryPath } from '$contract/path.ts';
import type { Entry } from '$contract/schemas.ts';
import { archiveUrl, contentUrl } from '$lib/api/entries-api.ts';
import { session } from '$lib/state/session.svelte.ts';
import { browseHref } from './browse-href.ts';
import type { FolderView } from './folder-view.svelte.ts';
import type { TransferVerb } from './transfers.svelte.ts';

/** Beyond this a zip cannot be asked for in one address. */
const maxArchiveUrl = 12_000;

/** What can be done in an open folder, from the keyboard, the menus and the selection bar alike. */
export class FolderCommands {
  readonly #view: FolderView;
  /** The dialog that is open, and what it is about. */
  dialog = $state.raw<
    | { kind: 'delete' | 'share'; entries: Entry[] }
    | { kind: 'transfer'; verb: TransferVerb; entries: Entry[] }
    | { kind: 'folder' | 'help' }
    | { kind: 'preview'; entry: Entry }
  >();

  constructor(view: FolderView) {
    this.#view = view;
  }

  get path(): EntryPath {
    return this.#view.listing.path;
  }

  get canWriteHere(): boolean {
    return includesLevel(this.#view.listing.entry?.level, 'write');
  }

  can(level: Level, entries: readonly Entry[] = this.#view.targets): boolean {
    return entries.length > 0 && entries.every((entry) => includesLevel(entry.level, level));
  }

  open(entry: Entry): void {
    if (entry.kind === 'directory') void goto(browseHref(session.pathOf(entry.uri)));
    else this.dialog = { kind: 'preview', entry };
  }

  goUp(): void {
    const parent = parentOf(this.path);
    if (parent) void goto(browseHref(parent), { state: { focusedName: nameOf(this.path) } });
  }

  rename(): void {
    const { focused, targets } = this.#view;
    const entry = targets.length === 1 ? targets[0]! : focused;
    if (!entry || !this.can('write', [entry])) return;
    this.#view.select(entry);
    this.#view.moveTo(this.#view.indexOf(entry.name));
    this.#view.renaming = entry;
  }

  async delete(): Promise<void> {
    const entries = await this.#wholeTargets();
    if (this.can('write', entries)) this.dialog = { kind: 'delete', entries };
  }

  async transfer(verb: TransferVerb): Promise<void> {
    const entries = await this.#wholeTargets();
    if (this.can(verb === 'move' ? 'write' : 'read', entries))
      this.dialog = { kind: 'transfer', verb, entries };
  }

  async share(): Promise<void> {
    const entries = await this.#wholeTargets();
    if (this.can('manage', entries)) this.dialog = { kind: 'share', entries };
  }

  newFolder(): void {
    if (this.canWriteHere) this.dialog = { kind: 'folder' };
  }

  /** Where the targets can be downloaded from: one file as it is, anything else as a zip. */
  downloadUrl(entries: readonly Entry[] = this.#view.targets): string {
    const [first] = entries;
    if (entries.length === 1 && first?.kind === 'file') return contentUrl(session.pathOf(first.uri));
    const url = archiveUrl(entries.map(({ uri }) => uri));
    const folder = this.#view.listing.entry;
    const isEverything = entries.length === this.#view.listing.rows.length;
    return url.length > maxArchiveUrl && isEverything && folder ? archiveUrl([folder.uri]) : url;
  }

  /** Whether the targets fit into one zip's address. */
  get canDownload(): boolean {
    const { targets } = this.#view;
    return this.can('read') && (targets.length <= 20 || this.downloadUrl(targets).length <= maxArchiveUrl);
  }

  get isAtRoot(): boolean {
    return isRoot(this.path);
  }

  /** A selection of everything may still be growing while the folder loads. */
  async #wholeTargets(): Promise<Entry[]> {
    if (this.#view.isSelectingAll) await this.#view.listing.whole();
    return this.#view.targets;
  }
}
