import { z } from 'zod';

/** What links must keep to. */
export type LinkRules = {
  /** Longest life in seconds; null = any. */
  maxSeconds: number | null;
  isPermanentAllowed: boolean;
  isPasswordRequired: boolean;
};
/** The rules of the installation, and those of roots that have their own in some respect. */
export type LinkPolicy = { rules: LinkRules; roots: ReadonlyMap<string, LinkRules> };

const noRules: LinkRules = { maxSeconds: null, isPermanentAllowed: true, isPasswordRequired: false };
const secondsOf: Record<string, number> = { h: 3600, d: 86_400, w: 604_800 };

const terms: Record<string, Record<string, Partial<LinkRules>>> = {
  permanent: { yes: { isPermanentAllowed: true }, no: { isPermanentAllowed: false } },
  password: { required: { isPasswordRequired: true }, optional: { isPasswordRequired: false } },
};

/** One rule such as `life=30d`; undefined when it is none. A longest life leaves no room for a permanent link. */
function parseRule(text: string): Partial<LinkRules> | undefined {
  const [name = '', value = ''] = text.split('=').map((part) => part.trim());
  if (name !== 'life') return terms[name]?.[value];
  if (value === 'any') return { maxSeconds: null, isPermanentAllowed: true };
  const [, amount, unit] = /^([1-9]\d{0,4})([hdw])$/.exec(value) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return { maxSeconds: Number(amount) * (secondsOf[unit] as number), isPermanentAllowed: false };
}

/** `life=90d, password=required; imagenet: life=7d`: the installation's rules, then roots with theirs. */
export const linkPolicySchema = z.string().transform((text, context): LinkPolicy => {
  let rules = noRules;
  const roots = new Map<string, LinkRules>();
  const sections = text.split(';').filter((section) => section.trim() !== '');
  for (const section of sections) {
    const colon = section.indexOf(':');
    const root = colon === -1 ? undefined : section.slice(0, colon).trim();
    const own: Partial<LinkRules> = {};
    for (const rule of section.slice(colon + 1).split(',')) {
      const parsed = parseRule(rule);
      if (!parsed) {
        context.addIssue({
          code: 'custom',
          message: `has "${rule.trim()}", which is no rule: write life=30d, permanent=no or password=required`,
        });
        return z.NEVER;
      }
      Object.assign(own, parsed);
    }
    if (root === undefined) rules = { ...rules, ...own };
    else roots.set(root, own as LinkRules);
  }
  // Whatever the order they were written in, a root's own rules stand on the installation's.
  for (const [root, own] of roots) roots.set(root, { ...rules, ...own });
  return { rules, roots };
});
