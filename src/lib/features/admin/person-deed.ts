/** What an administrator may do about an account. */
export type PersonDeed = 'password' | 'promote' | 'demote' | 'disable' | 'enable' | 'delete';
