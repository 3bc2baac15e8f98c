import { defineConfig } from 'vite';

const entries = {
  cli: { launcher: 'cli/launcher.js', 'file-digest-program': 'server/base/file-digest-program.ts' },
  server: {
    main: 'server/main.ts',
    'argon2-program': 'server/accounts/argon2-program.ts',
    'file-digest-program': 'server/base/file-digest-program.ts',
    'small-files-program': 'server/storage/drivers/small-files-program.ts',
    'thumbnail-program': 'server/thumbnails/thumbnail-program.ts',
  },
};

/**
 * Makes plain JavaScript for the npm package, since Node strips no types below node_modules:
 * `vite build --config cli/bundle-config.ts --mode cli|server`. What is written lies as deep as its source, because both
 * find their neighbours by relative paths.
 */
export default defineConfig(({ mode }) => {
  if (mode !== 'cli' && mode !== 'server') throw new Error('Say which: --mode cli or --mode server.');
  return {
    publicDir: false,
    // Packages stay packages, but for one that is only there to develop.
    ssr: { noExternal: ['uqr'] },
    build: {
      ssr: true,
      outDir: `dist/${mode}`,
      emptyOutDir: true,
      target: 'node22',
      rolldownOptions: {
        input: entries[mode],
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  };
});
