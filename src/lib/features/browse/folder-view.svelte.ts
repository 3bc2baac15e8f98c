import type { EntryPath } from '$contract/path.ts';
import type { Entry } from '$contract/schemas.ts';
import { FolderListing } from './folder-listing.svelte.ts';
import { listingChoices } from './listing-choices.svelte.ts';
import { Selection } from './selection.svelte.ts';
import { TypeAhead } from './type-ahead.ts';

type Step = {
  /** Reach from the anchor to here, as with Shift. */
  extend?: boolean;
  /** Leave the selection alone, as with Ctrl. */
  only?: 'focus';
};

/** One open folder as it is looked at: which rows pass the filter, which has the focus, which are selected. */
export class FolderView {
  readonly listing: FolderListing;
  readonly selection = new Selection();
  filter = $state('');
  /** By name, so that it stays with its entry when rows come and go. */
  focusedName = $state<string>();
  /** The entry whose name is being edited. */
  renaming = $state.raw<Entry>();
  /** A row to bring into view; a new object each time. */
  reveal = $state.raw<{ index: number }>();
  /** How far the rows are scrolled, in pixels. */
  scrollTop = 0;
  /** Counts the times that `scrollTop` was set from outside. */
  restored = $state(0);
  #wantedName: string | undefined;
  #anchorName: string | undefined;
  /** Rows that are still to come join the selection. */
  isSelectingAll = false;
  #typeAhead = new TypeAhead();

  readonly shown: readonly Entry[] = $derived.by(() => {
    const { rows } = this.listing;
    const wanted = this.filter.trim().toLowerCase();
    const showsHidden = listingChoices.showsHidden.current;
    if (wanted === '' && showsHidden) return rows;
    return rows.filter(
      ({ name }) =>
        (showsHidden || !name.startsWith('.')) && (wanted === '' || name.toLowerCase().includes(wanted)),
    );
  });
  /** With those that are still to come, unless nobody can know how many of them pass the filter. */
  readonly rowCount = $derived.by(() => {
    const isFiltered = this.filter.trim() !== '';
    const missing = Math.max(0, this.listing.total - this.listing.rows.length);
    return this.shown.length + (isFiltered ? 0 : missing);
  });
  readonly focusedIndex = $derived(this.indexOf(this.focusedName));
  readonly focused = $derived(this.shown[this.focusedIndex]);
  /** What a command acts on: the selection, else the row that has the focus. */
  readonly targets: readonly Entry[] = $derived.by(() => {
    if (this.selection.count > 0) return this.selection.entries;
    return this.focused ? [this.focused] : [];
  });
  /** What the caller may do with all of the targets. */
  readonly targetLevel = $derived.by(() =>
    this.selection.count > 0 ? this.selection.totals.level : this.focused?.level,
  );
  readonly allSelected = $derived(this.shown.length > 0 && this.selection.count >= this.shown.length);

  constructor(path: EntryPath) {
    this.listing = new FolderListing(path, listingChoices.sort.current);
  }

  indexOf(name: string | undefined): number {
    return name === undefined ? -1 : this.shown.findIndex((entry) => entry.name === name);
  }

  /** Moves the focus to a row, or as near as there is one, and the selection with it. */
  moveTo(index: number, { extend = false, only }: Step = {}): void {
    const target = Math.max(0, Math.min(index, this.shown.length - 1));
    const entry = this.shown[target];
    if (!entry) return;
    if (extend) this.#extendTo(target);
    else if (only !== 'focus') this.select(entry);
    this.focusedName = entry.name;
    this.reveal = { index: target };
  }

  select(entry: Entry): void {
    this.isSelectingAll = false;
    this.selection.replace([entry]);
    this.#put(entry);
  }

  toggle(entry: Entry): void {
    this.isSelectingAll = false;
    this.selection.toggle(entry);
    this.#put(entry);
  }

  extendTo(entry: Entry): void {
    this.#extendTo(this.indexOf(entry.name));
    this.focusedName = entry.name;
  }

  /** Also what is still on its way: it joins as it arrives. */
  selectAll(): void {
    this.isSelectingAll = !this.listing.isComplete;
    this.selection.replace(this.shown);
  }

  clear(): void {
    this.isSelectingAll = false;
    this.selection.clear();
  }

  async moveToEnd(step: Step): Promise<void> {
    this.reveal = { index: this.rowCount - 1 };
    await this.listing.whole();
    this.moveTo(this.shown.length - 1, step);
  }

  /** Whether the letter was taken; a space is only inside a name. */
  typeAhead(letter: string): boolean {
    const now = performance.now();
    if (letter === ' ' && !this.#typeAhead.isTyping(now)) return false;
    const names = { length: this.shown.length, at: (index: number) => this.shown[index]!.name };
    const index = this.#typeAhead.next(letter, names, this.focusedIndex, now);
    if (index >= 0) this.moveTo(index);
    return true;
  }

  /** Back to how the folder was left. The rows themselves may still be on their way. */
  restore({
    scrollTop,
    focusedName,
    filter,
  }: {
    scrollTop: number;
    focusedName?: string;
    filter: string;
  }): void {
    this.filter = filter;
    this.focusedName = focusedName;
    this.scrollTop = scrollTop;
    this.restored += 1;
  }

  /** Gives a row the focus as soon as it has come. */
  focusWhenThere(name: string): void {
    this.focusedName = name;
    this.#wantedName = name;
  }

  /** To be called when the rows on show changed. */
  reconcile(): void {
    const wanted = this.indexOf(this.#wantedName);
    if (wanted >= 0) {
      this.#wantedName = undefined;
      this.reveal = { index: wanted };
    }
    if (this.isSelectingAll) {
      this.selection.replace(this.shown);
      if (this.listing.isComplete) this.isSelectingAll = false;
    } else {
      this.selection.reconcile(this.shown);
    }
  }

  #put(entry: Entry): void {
    this.focusedName = entry.name;
    this.#anchorName = entry.name;
  }

  #extendTo(index: number): void {
    this.isSelectingAll = false;
    const anchor = Math.max(0, this.indexOf(this.#anchorName ?? this.focusedName));
    this.#anchorName = this.shown[anchor]?.name;
    this.selection.replace(this.shown.slice(Math.min(anchor, index), Math.max(anchor, index) + 1));
  }
}
