import { defineConfig } from 'vite';

const entries = { cli: 'cli/launcher.js', server: 'server/main.ts' } as const;

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
      ssr: entries[mode],
      outDir: `dist/${mode}`,
      emptyOutDir: true,
      target: 'node22',
      rolldownOptions: {
        output: {
          entryFileNames: mode === 'cli' ? 'launcher.js' : 'main.js',
          chunkFileNames: '[name]-[hash].js',
        },
      },
    },
  };
});
