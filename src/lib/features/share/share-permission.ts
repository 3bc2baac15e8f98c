import { includesLevel } from '$contract/level.ts';
import type { Entry, Root } from '$contract/schemas.ts';

/** As many as the server takes in one link. */
const maxItems = 1000;

/** Why these entries cannot be shared by this person, and who can; undefined when they can. */
export function explainNoSharing(entries: readonly Entry[], roots: readonly Root[]): string | undefined {
  if (entries.length > maxItems) {
    return `A link holds up to ${maxItems.toLocaleString('en')} items. Share the folder that holds them instead.`;
  }
  if (entries.some((entry) => roots.some((root) => root.uri === entry.uri))) {
    return 'A whole root cannot be shared by a link. Select the folders and files in it.';
  }
  const barred = entries.find((entry) => !includesLevel(entry.level, 'manage'));
  if (!barred) return undefined;
  const root = roots.find(({ uri }) => barred.uri === uri || barred.uri.startsWith(`${uri}/`));
  const who = root?.kind === 'home' ? `${root.name}, whose home it is in,` : 'an administrator';
  const verb = barred.level === 'write' ? 'change' : barred.level === 'read' ? 'read' : 'see';
  return `You may ${verb} “${barred.name}” but not share it. Ask ${who} or whoever manages it for a link.`;
}
