import type { DOMAttributes } from 'svelte/elements';
import { includesLevel } from '$contract/level.ts';
import type { Entry } from '$contract/schemas.ts';
import { session } from '$lib/state/session.svelte.ts';
import { browseHref } from './browse-href.ts';
import { dragging, dropOnFolder, hoverFolder } from './dragging.svelte.ts';
import type { FolderCommands } from './folder-commands.svelte.ts';
import type { FolderView } from './folder-view.svelte.ts';
import { LongPress } from './long-press.ts';

/** Where a menu is asked for: at a point, or under a button. */
export type MenuPlace = { x: number; y: number } | HTMLElement;

type Target = { index: number; entry: Entry | undefined; part: HTMLElement };

/** What the mouse, fingers and drags mean in the listing. Its handlers go on the element that holds the rows. */
export class EntryPointer {
  readonly #view: FolderView;
  readonly #commands: FolderCommands;
  readonly #onmenu: (at: MenuPlace) => void;
  readonly #press = new LongPress((index) => {
    const entry = this.#view.shown[index];
    if (entry) this.#view.toggle(entry);
  });
  // Which row a drag hangs over, marked by hand: rows come and go too quickly for state of their own.
  #marked: HTMLElement | undefined;

  constructor(view: FolderView, commands: FolderCommands, onmenu: (at: MenuPlace) => void) {
    this.#view = view;
    this.#commands = commands;
    this.#onmenu = onmenu;
  }

  readonly handlers: DOMAttributes<HTMLElement> = {
    onclick: (event) => this.#click(event),
    ondblclick: (event) => this.#doubleClick(event),
    onauxclick: (event) => {
      const entry = event.button === 1 ? this.#find(event)?.entry : undefined;
      if (entry) window.open(browseHref(session.pathOf(entry.uri)));
    },
    oncontextmenu: (event) => this.#askForMenu(event),
    ondragstart: (event) => this.#startDrag(event),
    ondragover: (event) => {
      const folder = this.#folderUnder(event);
      const isOver = folder !== undefined && hoverFolder(event, folder.uri);
      this.#mark(isOver ? (event.target as HTMLElement).closest<HTMLElement>('[data-index]')! : undefined);
    },
    ondragleave: () => this.#mark(undefined),
    ondragend: () => dragging.end(),
    ondrop: (event) => {
      this.#mark(undefined);
      const folder = this.#folderUnder(event);
      if (folder) dropOnFolder(event, folder.uri);
    },
    onpointerdown: (event) => this.#press.down(event, this.#find(event)?.index),
    onpointermove: this.#press.move,
    onpointerup: this.#press.cancel,
    onpointercancel: this.#press.cancel,
  };

  /** A finger that scrolls, or rows that are gone, press nothing for long. */
  cancel = (): void => this.#press.cancel();

  #find(event: Event): Target | undefined {
    const part = event.target as HTMLElement;
    const row = part.closest<HTMLElement>('[data-index]');
    if (!row) return undefined;
    const index = Number(row.dataset.index);
    return { index, entry: this.#view.shown[index], part };
  }

  #click(event: MouseEvent): void {
    const view = this.#view;
    const found = this.#find(event);
    if (this.#press.swallowsClick()) return;
    if (!found) {
      if (event.target === event.currentTarget || !(event.target as HTMLElement).closest('[role=row]'))
        view.clear();
      return;
    }
    const { entry, part } = found;
    if (!entry || view.renaming?.name === entry.name) return;
    const menuButton = part.closest<HTMLElement>('[data-menu]');
    if (menuButton) {
      if (!view.selection.has(entry.name)) view.select(entry);
      this.#onmenu(menuButton);
    } else if (part.closest('[data-pick]') || event.ctrlKey || event.metaKey) {
      if (event.shiftKey) view.extendTo(entry);
      else view.toggle(entry);
    } else if (event.shiftKey) {
      view.extendTo(entry);
    } else if (this.#press.isTouch) {
      if (view.selection.count > 0) view.toggle(entry);
      else this.#commands.open(entry);
    } else {
      view.select(entry);
    }
  }

  #doubleClick(event: MouseEvent): void {
    const found = this.#find(event);
    if (this.#press.isTouch || !found?.entry || found.part.closest('[data-pick], [data-menu], input')) return;
    this.#commands.open(found.entry);
  }

  #askForMenu(event: MouseEvent): void {
    const found = this.#find(event);
    if (found?.part.closest('input')) return;
    event.preventDefault();
    if (this.#press.isTouch) return;
    if (!found?.entry) this.#view.clear();
    else if (!this.#view.selection.has(found.entry.name)) this.#view.select(found.entry);
    this.#onmenu({ x: event.clientX, y: event.clientY });
  }

  #startDrag(event: DragEvent): void {
    const view = this.#view;
    const entry = this.#find(event)?.entry;
    if (!entry || this.#press.isTouch || view.renaming) return event.preventDefault();
    if (!view.selection.has(entry.name)) view.select(entry);
    dragging.start(event.dataTransfer!, view.selection.entries);
  }

  #folderUnder(event: DragEvent): Entry | undefined {
    const entry = this.#find(event)?.entry;
    return entry?.kind === 'directory' && includesLevel(entry.level, 'write') ? entry : undefined;
  }

  #mark(row: HTMLElement | undefined): void {
    if (row === this.#marked) return;
    this.#marked?.removeAttribute('data-drop');
    row?.setAttribute('data-drop', '');
    this.#marked = row;
  }
}
