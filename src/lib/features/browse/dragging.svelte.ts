import type { Attachment } from 'svelte/attachments';
import { countOf } from '$lib/format/count.ts';
import { uploads } from '../uploads/upload-queue.svelte.ts';
import { transfers, type Moving } from './transfers.svelte.ts';

const ownType = 'application/x-drey-entries';

/** The entries being dragged inside the page. */
class Dragging {
  items = $state.raw<readonly Moving[]>([]);
  /** The folder that a drop would go into right now. */
  over = $state<string>();

  start(transfer: DataTransfer, items: readonly Moving[]): void {
    this.items = items;
    transfer.effectAllowed = 'copyMove';
    // Only marks the drag as ours; other programs get the names as text.
    transfer.setData(ownType, '');
    transfer.setData('text/plain', items.map(({ name }) => name).join('\n'));
    showUnderPointer(transfer, items.length === 1 ? items[0]!.name : countOf(items.length, 'item'));
  }

  end(): void {
    this.items = [];
  }
}
export const dragging = new Dragging();

/** The browser takes a picture of the element at once; after that it may go. */
function showUnderPointer(transfer: DataTransfer, words: string): void {
  const badge = document.createElement('div');
  badge.className = 'drag-badge';
  badge.textContent = words;
  document.body.append(badge);
  transfer.setDragImage(badge, -12, -8);
  setTimeout(() => badge.remove());
}

export const isFileDrag = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false;
const isOwnDrag = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes(ownType) ?? false;
const wantsCopy = (event: DragEvent) => event.ctrlKey || event.altKey;

/** Whether the dragged entries may go into the folder `uri`, for the pointer to say so. */
function accepts(event: DragEvent, uri: string): boolean {
  if (isFileDrag(event)) return true;
  if (!isOwnDrag(event)) return false;
  return !dragging.items.some((item) => uri === item.uri || uri.startsWith(`${item.uri}/`));
}

/** Tells the pointer what a drop on the folder would do, or answers false to leave the event to others. */
export function hoverFolder(event: DragEvent, uri: string): boolean {
  if (!accepts(event, uri)) return false;
  event.preventDefault();
  event.stopPropagation();
  dragging.over = uri;
  event.dataTransfer!.dropEffect = isFileDrag(event) || wantsCopy(event) ? 'copy' : 'move';
  return true;
}

/** Uploads, moves or copies what is dropped on the folder; answers false when it is none of ours. */
export function dropOnFolder(event: DragEvent, uri: string): boolean {
  if (!accepts(event, uri)) return false;
  event.preventDefault();
  event.stopPropagation();
  if (isFileDrag(event)) uploads.addDrop(uri, event.dataTransfer!);
  else void transfers.into(wantsCopy(event) ? 'copy' : 'move', dragging.items, uri);
  dragging.end();
  return true;
}

/** Makes an element a place to drop things into a folder. While something hangs over it, it has `data-drop`. */
export function dropTarget(uri: string | undefined): Attachment<HTMLElement> {
  return (element) => {
    if (uri === undefined) return;
    const unmark = () => element.removeAttribute('data-drop');
    const over = (event: DragEvent) => {
      if (hoverFolder(event, uri)) element.setAttribute('data-drop', '');
    };
    const drop = (event: DragEvent) => {
      unmark();
      dropOnFolder(event, uri);
    };
    const listeners = new AbortController();
    const options = { signal: listeners.signal };
    element.addEventListener('dragenter', over, options);
    element.addEventListener('dragover', over, options);
    element.addEventListener('dragleave', unmark, options);
    element.addEventListener('drop', drop, options);
    return () => listeners.abort();
  };
}
