import { goto } from '$app/navigation';
import { includesLevel, type Level } from '$contract/level.ts';
import { maxArchiveItems, maxArchiveUrlItems } from '$contract/limits.ts';
import { containsPath, nameOf, parentOf, type EntryPath } from '$contract/path.ts';
import type { Entry } from '$contract/schemas.ts';
import { archiveUrl, contentUrl, submitArchiveForm } from '$lib/api/entries-api.ts';
import { session } from '$lib/state/session.svelte.ts';
import { browseHref } from './browse-href.ts';
import type { FolderView } from './folder-view.svelte.ts';
import type { TransferVerb } from './transfers.svelte.ts';

/** Beyond this length a zip is asked for by a form instead of an address. */
const maxArchiveUrl = 12_000;

/** What can be done in an open folder, from the keyboard, the menus and the selection bar alike. */
export class FolderCommands {
  readonly #view: FolderView;
  /** The dialog that is open, and what it is about. */
  dialog = $state.raw<
    | { kind: 'delete' | 'share'; entries: readonly Entry[] }
    | { kind: 'transfer'; verb: TransferVerb; entries: readonly Entry[] }
    | { kind: 'folder' | 'help' }
    | { kind: 'preview' | 'access' | 'details'; entry: Entry }
  >();

  constructor(view: FolderView) {
    this.#view = view;
  }

  get path(): EntryPath {
    return this.#view.listing.path;
  }

  /** Whether the folder is in a root that is not the caller's own, so that something else lets them in. */
  get isElsewhere(): boolean {
    return !containsPath(session.home, this.path);
  }

  get canWriteHere(): boolean {
    return includesLevel(this.#view.listing.entry?.level, 'write');
  }

  /** Whether the caller may do that with all of the targets. */
  can(level: Level): boolean {
    return includesLevel(this.#view.targetLevel, level);
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
    if (!entry || !includesLevel(entry.level, 'write')) return;
    this.#view.select(entry);
    this.#view.moveTo(this.#view.indexOf(entry.name));
    this.#view.renaming = entry;
  }

  async delete(): Promise<void> {
    const entries = await this.#wholeTargets();
    if (this.can('write')) this.dialog = { kind: 'delete', entries };
  }

  async transfer(verb: TransferVerb): Promise<void> {
    const entries = await this.#wholeTargets();
    if (this.can(verb === 'move' ? 'write' : 'read')) this.dialog = { kind: 'transfer', verb, entries };
  }

  async share(): Promise<void> {
    const entries = await this.#wholeTargets();
    if (this.can('manage')) this.dialog = { kind: 'share', entries };
  }

  /** Tells why the caller may see an entry. */
  explainAccess(entry: Entry): void {
    this.dialog = { kind: 'access', entry };
  }

  showDetails(entry: Entry): void {
    this.dialog = { kind: 'details', entry };
  }

  newFolder(): void {
    if (this.canWriteHere) this.dialog = { kind: 'folder' };
  }

  /**
   * Where the targets can be downloaded from: one file as it is, anything else as a zip, all of a folder as the folder.
   * Undefined when they may not be, or are too many to be named in one address.
   */
  readonly downloadUrl: string | undefined = $derived.by(() => {
    const { targets, listing } = this.#view;
    const [first] = targets;
    if (!first || !this.can('read')) return undefined;
    if (targets.length === 1 && first.kind === 'file') return contentUrl(session.pathOf(first.uri));
    const isEverything = listing.isComplete && targets.length === listing.rows.length && listing.entry;
    if (isEverything) return archiveUrl([isEverything.uri]);
    if (targets.length > maxArchiveUrlItems) return undefined;
    const url = archiveUrl(targets.map(({ uri }) => uri));
    return url.length <= maxArchiveUrl ? url : undefined;
  });

  readonly canDownload: boolean = $derived.by(
    () =>
      this.downloadUrl !== undefined || (this.can('read') && this.#view.targets.length <= maxArchiveItems),
  );

  /** Downloads what no address can name. */
  downloadByForm(): void {
    submitArchiveForm(this.#view.targets.map(({ uri }) => uri));
  }

  /** A selection of everything may still be growing while the folder loads. */
  async #wholeTargets(): Promise<readonly Entry[]> {
    if (this.#view.isSelectingAll) await this.#view.listing.whole();
    return this.#view.targets;
  }
}
