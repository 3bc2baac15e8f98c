import { minPasswordLength } from '$contract/limits.ts';

// The rules of the contract's schemas, said while typing; the schemas themselves would bring zod into the page.
const userName = /^[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?$/;

/** Why `name` cannot be a user's name, or undefined when it can. */
export function explainName(name: string): string | undefined {
  if (name === '') return 'Choose a name.';
  if (name !== name.toLowerCase()) return 'Use small letters only.';
  if (name.length > 32) return 'At most 32 characters.';
  if (!userName.test(name)) {
    return 'Use a-z, 0-9, “.”, “_” and “-”, beginning and ending with a letter or a digit.';
  }
  return undefined;
}

export function explainPassword(password: string): string | undefined {
  if (password === '') return 'Choose a password.';
  if (password.length < minPasswordLength)
    return `At least ${minPasswordLength} characters; this has ${password.length}.`;
  return undefined;
}
