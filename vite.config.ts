import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

const common = { extends: true as const };
// The built pages run as they are built, as they would under `npm start`.
const asBuilt = { deps: { external: [/\/build\//] } };

export default defineConfig({
  plugins: [
    sveltekit(),
    {
      name: 'short-asset-names',
      // Their names stand in that same table: the hash alone does.
      config: () => ({
        build: { rollupOptions: { output: { assetFileNames: '_app/immutable/assets/[hash][extname]' } } },
      }),
    },
  ],
  build: {
    modulePreload: {
      // The table of what each page of the app needs would be a tenth of what a visitor with a link has to load.
      resolveDependencies: (_file, needed, { hostId }) =>
        hostId.includes('entry/app') ? needed.filter((file) => file.endsWith('.css')) : needed,
    },
  },
  // What a worker needs for one question it fetches with the question.
  worker: { format: 'es' },
  // The browser's side of a test of reactive code, without a browser.
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  test: {
    reporters: ['default', './tests/support/closing-line-reporter.ts'],
    projects: [
      {
        ...common,
        test: {
          name: 'server',
          server: asBuilt,
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/browser/**', 'tests/disk/**', 'tests/proxy/**', 'tests/tools/**'],
          testTimeout: 20_000,
        },
      },
      // Not a part of `npm test`: they need root, or other servers. See package.json.
      ...['disk', 'proxy', 'tools'].map((name) => ({
        ...common,
        test: {
          name,
          include: [`tests/${name}/**/*.test.ts`],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      })),
      {
        ...common,
        test: {
          name: 'browser',
          server: asBuilt,
          include: ['tests/browser/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          // A page is given as long to come round as Playwright gives it, not one second.
          expect: { poll: { timeout: 15_000 } },
          // One Chromium at a time is what a small machine can bear.
          fileParallelism: false,
        },
      },
    ],
  },
});
