import { highestLevel, type Level } from '$contract/level.ts';
import { compareNames } from '$contract/name-order.ts';
import type { Grant } from '$contract/schemas.ts';

/** What one person, group or everyone was granted on the entries themselves. */
export type DirectAccess = {
  grantee: string;
  grants: readonly Grant[];
  /** Undefined where it is not the same on all of them. */
  level: Level | undefined;
  /** What the same grantee has from a folder above, whatever is granted here. */
  above: Grant | undefined;
  /** It was taken away just now, and can be given back. */
  isRemoved: boolean;
};

export function isSameGrant(a: Pick<Grant, 'uri' | 'grantee'>, b: Pick<Grant, 'uri' | 'grantee'>): boolean {
  return a.uri === b.uri && a.grantee === b.grantee;
}

/** Each grant once. */
export function uniqueGrants(grants: readonly Grant[]): Grant[] {
  return [...new Map(grants.map((grant) => [`${grant.grantee} ${grant.uri}`, grant])).values()];
}

/** One line a grantee: everyone first, then groups, then people. What was removed is told where nothing is left. */
export function byGrantee(
  live: readonly Grant[],
  removed: readonly Grant[],
  inherited: readonly Grant[],
): DirectAccess[] {
  const grantees = [...new Set([...live, ...removed].map(({ grantee }) => grantee))];
  return grantees.toSorted(compareGrantees).map((grantee) => {
    const isTheirs = (grant: Grant) => grant.grantee === grantee;
    const left = live.filter(isTheirs);
    const grants = left.length > 0 ? left : removed.filter(isTheirs);
    const isUniform = grants.every(({ level }) => level === grants[0]!.level);
    return {
      grantee,
      grants,
      level: isUniform ? grants[0]!.level : undefined,
      above: highestOf(inherited.filter(isTheirs)),
      isRemoved: left.length === 0,
    };
  });
}

function compareGrantees(a: string, b: string): number {
  const rank = (grantee: string) => ['public', 'group', 'user'].indexOf(grantee.split(':')[0]!);
  return rank(a) - rank(b) || compareNames(a, b);
}

function highestOf(grants: readonly Grant[]): Grant | undefined {
  const level = highestLevel(grants.map((grant) => grant.level));
  return grants.find((grant) => grant.level === level);
}
