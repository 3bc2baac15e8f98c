import { includesLevel } from '$contract/level.ts';
import type { Entry, Root } from '$contract/schemas.ts';

/** As many as the server takes in one link. */
const maxLinked = 1000;
/** Each is a grant of its own for each person; beyond this a folder is the better thing to share. */
const maxGranted = 200;

/** Why these entries cannot be put behind a link by this person; undefined when they can. */
export function explainNoLink(entries: readonly Entry[], roots: readonly Root[]): string | undefined {
  if (entries.length > maxLinked) return `A link holds up to ${tooMany(maxLinked)}`;
  if (entries.some((entry) => roots.some((root) => root.uri === entry.uri))) {
    return 'A whole root cannot be shared by a link. Select the folders and files in it.';
  }
  return explainNoSharing(entries, roots);
}

/** Why these entries cannot be granted to teammates by this person; undefined when they can. */
export function explainNoGrants(entries: readonly Entry[], roots: readonly Root[]): string | undefined {
  if (entries.length > maxGranted) return `Access is given on up to ${tooMany(maxGranted)}`;
  return explainNoSharing(entries, roots);
}

function tooMany(most: number): string {
  return `${most.toLocaleString('en')} items. Share the folder that holds them instead.`;
}

function explainNoSharing(entries: readonly Entry[], roots: readonly Root[]): string | undefined {
  const barred = entries.find((entry) => !includesLevel(entry.level, 'manage'));
  if (!barred) return undefined;
  const root = roots.find(({ uri }) => barred.uri === uri || barred.uri.startsWith(`${uri}/`));
  const who = root?.kind === 'home' ? `${root.name}, whose home it is in,` : 'an administrator';
  const verb = barred.level === 'write' ? 'change' : barred.level === 'read' ? 'read' : 'see';
  return `You may ${verb} “${barred.name}” but not share it. Ask ${who} or whoever manages it.`;
}
