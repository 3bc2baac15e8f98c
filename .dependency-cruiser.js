/** The floors of the house (see server/README.md): imports go down, or stay inside the folder. */
const floors = [
  ['contract'],
  ['base'],
  ['config', 'storage', 'database'],
  ['audit'],
  ['access', 'accounts', 'notices'],
  ['files'],
  ['links', 'uploads', 'archives', 'thumbnails'],
  ['http', 'web', 'commands'],
];

const floorRules = floors.flatMap((folders, index) =>
  folders.map((folder) => {
    const allowed = [...floors.slice(0, index).flat(), folder];
    // accounts stands on access, its neighbour: who someone is decides what they may do.
    if (folder === 'accounts') allowed.push('access');
    // A command starts the door and the pages; it is where they are put together.
    if (folder === 'commands') allowed.push('http', 'web');
    return {
      name: `floor-${folder}`,
      severity: 'error',
      from: { path: `^server/${folder}/` },
      to: {
        path: '^server/',
        pathNot: [
          `^server/(${allowed.join('|')})/`,
          ...(folder === 'commands' ? ['^server/services\\.ts$'] : []),
        ],
      },
    };
  }),
);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...floorRules,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'storage-only-through-files',
      comment: 'A door that cannot reach storage cannot forget the permission check.',
      severity: 'error',
      from: { path: '^server/', pathNot: ['^server/(storage|files)/', '^server/services\\.ts$'] },
      to: { path: '^server/storage/' },
    },
    {
      name: 'express-only-in-http',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/(http|web)/' },
      to: { path: 'node_modules/(express|@types/express)/' },
    },
    {
      name: 'pages-see-only-the-contract',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^server/', pathNot: '^server/contract/' },
    },
    {
      name: 'client-stands-on-the-lowest-floors',
      comment: 'What it shares with the server knows nothing of storage, accounts or the database.',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^server/', pathNot: '^server/(contract|base)/' },
    },
    {
      name: 'resolvable',
      comment:
        "The aliases of SvelteKit and subpaths of packages are vite's to resolve, and the type check's to check.",
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^[$@]|^[.]/[$]types' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.svelte'],
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'types', 'import', 'default'],
    },
  },
};
