/** What an administrator may do about an account. */
export type PersonDeed = 'password' | 'quota' | 'promote' | 'demote' | 'disable' | 'enable' | 'delete';
