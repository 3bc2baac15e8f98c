import type { SignInProblem } from '$contract/schemas.ts';

const words: Record<SignInProblem, string> = {
  provider_failed: 'The sign-in broke off or was refused there. Try again.',
  expired: 'That took too long, or the address was used before. Try again.',
  no_account: 'There is no account here for you yet. Ask an administrator to invite you.',
  not_allowed: 'You may not sign in here: you are in none of the groups that may. Ask an administrator.',
  disabled: 'Your account is disabled. Ask an administrator.',
  name_taken:
    'An account of your name exists already. If it is yours, sign in with its password and link this sign-in on the account page.',
  identity_taken: 'That sign-in is linked to another account already.',
};

/** What to tell whoever comes back from the provider with a problem, or undefined when there is none. */
export function explainSignInProblem(problem: string | null): string | undefined {
  if (problem === null) return undefined;
  return Object.hasOwn(words, problem) ? words[problem as SignInProblem] : words.provider_failed;
}
