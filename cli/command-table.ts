import type { DefineCommand } from './command-context.ts';

type Row = {
  summary: string;
  /** Loaded only when the command is called; an operator's command has none: the server answers it. */
  load?: () => Promise<{ define: DefineCommand }>;
};

/** Every command, in the order of the help. */
export const commandTable: Record<string, Row> = {
  login: { summary: 'sign in to a server', load: () => import('./commands/login-command.ts') },
  logout: { summary: 'sign out and forget the token', load: () => import('./commands/logout-command.ts') },
  whoami: { summary: 'say who you are, and where', load: () => import('./commands/whoami-command.ts') },

  ls: { summary: 'list folders', load: () => import('./commands/ls-command.ts') },
  tree: { summary: 'show a folder and all below it', load: () => import('./commands/tree-command.ts') },
  glob: { summary: 'find by pattern', load: () => import('./commands/glob-command.ts') },
  stat: { summary: 'show what is known of an entry', load: () => import('./commands/stat-command.ts') },
  df: { summary: 'show the space of your roots', load: () => import('./commands/df-command.ts') },

  cp: { summary: 'copy files and folders', load: () => import('./commands/cp-command.ts') },
  sync: { summary: 'make one folder like another', load: () => import('./commands/sync-command.ts') },
  cat: { summary: 'print files', load: () => import('./commands/cat-command.ts') },
  mv: { summary: 'move or rename', load: () => import('./commands/mv-command.ts') },
  rm: { summary: 'delete', load: () => import('./commands/rm-command.ts') },
  mkdir: { summary: 'make folders', load: () => import('./commands/mkdir-command.ts') },

  share: { summary: 'give a teammate access', load: () => import('./commands/share-command.ts') },
  acl: { summary: 'give, take and list access', load: () => import('./commands/acl-command.ts') },
  link: { summary: 'make and manage links for outsiders', load: () => import('./commands/link-command.ts') },
  browse: { summary: 'open in the web browser', load: () => import('./commands/browse-command.ts') },

  completion: {
    summary: 'print a completion script',
    load: () => import('./commands/completion-command.ts'),
  },

  serve: { summary: 'start a server (operator)' },
  user: { summary: 'manage users of the local installation (operator)' },
  group: { summary: 'manage groups of the local installation (operator)' },
  token: { summary: 'manage API tokens of the local installation (operator)' },
  key: { summary: 'rotate the keys of links of the local installation (operator)' },
};
