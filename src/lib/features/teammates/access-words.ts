import type { Explanation } from '$contract/schemas.ts';
import { nameOfUri } from '../browse/browse-href.ts';
import { granteePhrase, parseGrantee } from './grantee-words.ts';
import { levelWords } from './level-words.ts';

type About = {
  /** Whose access is explained. */
  user: string;
  isSelf: boolean;
  /** The entry. */
  uri: string;
  /** What kind of root it is in, where that is known. */
  rootKind?: 'home' | 'mount';
};

/** In a sentence or two, what somebody may do with an entry and what lets them. */
export function explainWords({ level, cause }: Explanation, { user, isSelf, uri, rootKind }: About): string {
  const subject = isSelf ? 'You' : user;
  if (level === null) return `${subject} cannot see this.`;
  const may = `${subject} may ${levelWords[level].verb} this`;
  if (cause === null) {
    return `${subject} may pass through here, to something further in, and ${isSelf ? 'see' : 'sees'} only what leads there.`;
  }
  if (cause.kind === 'own') {
    if (rootKind === 'mount') return `${may}, as an administrator.`;
    return `${may}: it is in ${isSelf ? 'your' : 'their'} home.`;
  }
  const who = parseGrantee(cause.grantee);
  const to =
    who.kind !== 'user'
      ? `to ${granteePhrase(cause.grantee)}${who.kind === 'group' ? `, which ${isSelf ? 'you are' : `${user} is`} in` : ''}`
      : `to ${isSelf ? 'you' : 'them'} by name`;
  const where = cause.uri === uri ? 'on it' : `on “${nameOfUri(cause.uri)}”, which holds it`;
  return `${may}: “${levelWords[cause.level].name}” was granted ${to}, ${where}.`;
}
