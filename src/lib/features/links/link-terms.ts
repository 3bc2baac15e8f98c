/** What is decided of a link besides its items and its life, as it is typed. */
export type LinkTerms = { label: string; note: string; password: string; limit: string; notify: boolean };
export type TermsProblems = Partial<Record<keyof LinkTerms, string>>;

export const noTerms: LinkTerms = { label: '', note: '', password: '', limit: '', notify: false };

const highestLimit = 1_000_000;

/** The terms of a link as they stand in a form. A password is never read back. */
export function termsOf(link: {
  label: string | null;
  note: string | null;
  maxDownloads: number | null;
  notify: boolean;
}): LinkTerms {
  return {
    label: link.label ?? '',
    note: link.note ?? '',
    password: '',
    limit: link.maxDownloads?.toString() ?? '',
    notify: link.notify,
  };
}

/** Why terms cannot be sent, field by field; undefined when they can. `needsPassword`: the rules want a new one. */
export function explainBadTerms(
  { password, limit }: LinkTerms,
  needsPassword = false,
): TermsProblems | undefined {
  const problems: TermsProblems = {};
  if (password !== '' && password.trim() === '') problems.password = 'A password of spaces only is none.';
  if (password === '' && needsPassword) problems.password = 'Here, every link has a password.';
  const count = Number(limit);
  if (limit.trim() !== '' && !(/^\d+$/.test(limit.trim()) && count >= 1 && count <= highestLimit)) {
    problems.limit = 'Write a whole number from 1 to a million, or nothing for no limit.';
  }
  return Object.keys(problems).length > 0 ? problems : undefined;
}

/** As the server takes them: what is empty is null. */
export function toLinkFields({ label, note, password, limit, notify }: LinkTerms) {
  return {
    label: label.trim() || null,
    note: note.trim() || null,
    password: password || null,
    maxDownloads: limit.trim() ? Number(limit) : null,
    notify,
  };
}

/** What differs between two sets of terms, as the server takes it. An empty password is one that stays. */
export function changedTerms(before: LinkTerms, after: LinkTerms): Partial<ReturnType<typeof toLinkFields>> {
  const old = toLinkFields(before);
  const entries = Object.entries(toLinkFields(after)).filter(
    ([name, value]) => value !== old[name as keyof typeof old],
  );
  return Object.fromEntries(entries);
}
