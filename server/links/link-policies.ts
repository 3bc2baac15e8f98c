import { AppError } from '../contract/app-error.ts';
import { rootOf, type EntryPath } from '../contract/path.ts';
import type { LinkBreach } from '../contract/schemas.ts';
import type { LinkPolicy, LinkRules } from '../config/link-policy.ts';

/** What of a link the rules are about. */
export type RuledTerms = { expiresAt: number | null; hasPassword: boolean };

/** Clocks differ, and a form takes its time. */
const leewayMs = 60_000;
const dayMs = 86_400_000;

/** What links on a root must keep to: the strictest of all roots that a link's items lie in. */
export class LinkPolicies {
  readonly #policy: LinkPolicy;

  constructor(policy: LinkPolicy) {
    this.#policy = policy;
  }

  rulesOf(paths: readonly EntryPath[]): LinkRules {
    const roots = new Set(paths.map(rootOf));
    const each = [...roots].map((root) => this.#policy.roots.get(root) ?? this.#policy.rules);
    if (each.length === 0) return this.#policy.rules;
    const lives = each.flatMap(({ maxSeconds }) => (maxSeconds === null ? [] : [maxSeconds]));
    return {
      maxSeconds: lives.length === 0 ? null : Math.min(...lives),
      isPermanentAllowed: each.every((rules) => rules.isPermanentAllowed),
      isPasswordRequired: each.some((rules) => rules.isPasswordRequired),
    };
  }

  /** The rules that a link breaks; one made before they were works on, and says so. */
  breachesOf(paths: readonly EntryPath[], { expiresAt, hasPassword }: RuledTerms, now: number): LinkBreach[] {
    const { maxSeconds, isPermanentAllowed, isPasswordRequired } = this.rulesOf(paths);
    const breaches: LinkBreach[] = [];
    if (expiresAt === null && !isPermanentAllowed) breaches.push('permanent');
    if (expiresAt !== null && maxSeconds !== null && expiresAt > now + maxSeconds * 1000 + leewayMs)
      breaches.push('too_long');
    if (!hasPassword && isPasswordRequired) breaches.push('no_password');
    return breaches;
  }

  /** Throws `invalid` with reason `policy` when a link would break one of the rules in question. */
  require(
    paths: readonly EntryPath[],
    terms: RuledTerms,
    now: number,
    inQuestion: readonly LinkBreach[] = ['permanent', 'too_long', 'no_password'],
  ): void {
    const breach = this.breachesOf(paths, terms, now).find((found) => inQuestion.includes(found));
    if (breach) throw new AppError('invalid', this.#explain(breach, paths), { reason: 'policy' });
  }

  #explain(breach: LinkBreach, paths: readonly EntryPath[]): string {
    const { maxSeconds } = this.rulesOf(paths);
    if (breach === 'no_password') return 'The rules here want a password on every link. Give it one.';
    if (maxSeconds === null) return 'The rules here allow no permanent links. Give it an expiry.';
    return `The rules here let a link last ${lifeWords(maxSeconds * 1000)} at most. Give it an expiry within that.`;
  }
}

function lifeWords(ms: number): string {
  const [amount, unit] = ms % dayMs === 0 ? [ms / dayMs, 'day'] : [ms / 3_600_000, 'hour'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
