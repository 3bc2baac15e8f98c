import type { FolderCommands } from './folder-commands.svelte.ts';
import type { FolderView } from './folder-view.svelte.ts';

/** How the rows lie: the arrows and the paging keys go by it. */
export type Geometry = { columns: number; rowsPerPage: number };

/** Does what a key means in the listing. Answers whether it meant anything. */
export function pressKey(
  event: KeyboardEvent,
  view: FolderView,
  commands: FolderCommands,
  { columns, rowsPerPage }: Geometry,
): boolean {
  const { key, shiftKey: extend } = event;
  const isCommand = event.ctrlKey || event.metaKey;
  const step = { extend, only: isCommand && !extend ? ('focus' as const) : undefined };
  const at = view.focusedIndex;
  const go = (index: number) => {
    view.moveTo(at === -1 ? Math.max(0, Math.min(index, 0)) : index, step);
    return true;
  };
  if (event.altKey) {
    if (key !== 'Enter' || !view.focused) return false;
    commands.showDetails(view.focused);
    return true;
  }

  switch (key) {
    case 'ArrowDown':
      return go(at + columns);
    case 'ArrowUp':
      return go(at - columns);
    case 'ArrowRight':
      return columns > 1 && go(at + 1);
    case 'ArrowLeft':
      return columns > 1 && go(at - 1);
    case 'PageDown':
      return go(at + columns * rowsPerPage);
    case 'PageUp':
      return go(at - columns * rowsPerPage);
    case 'Home':
      view.moveTo(0, step);
      return true;
    case 'End':
      void view.moveToEnd(step);
      return true;
    case 'Enter':
      if (view.focused) commands.open(view.focused);
      return true;
    case 'Backspace':
      commands.goUp();
      return true;
    case 'Delete':
      void commands.delete();
      return true;
    case 'F2':
      commands.rename();
      return true;
    case 'Escape':
      if (view.selection.count > 0) view.clear();
      else view.filter = '';
      return true;
  }
  if (isCommand) {
    if (key.toLowerCase() === 'a') view.selectAll();
    else if (key === ' ' && view.focused) view.toggle(view.focused);
    else return false;
    return true;
  }
  if (key === '?') {
    commands.dialog = { kind: 'help' };
    return true;
  }
  if (key === ' ' && !view.typeAhead(' ')) {
    if (view.focused) view.toggle(view.focused);
    return true;
  }
  return key === ' ' || ([...key].length === 1 && view.typeAhead(key));
}
