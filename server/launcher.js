// Plain JavaScript, so that Node need not wake up its TypeScript stripper before it knows that the rest is in its cache.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Beside what it was compiled from: who can write there needs no cache to change what runs.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/drey', import.meta.url)));

await import('./main.ts');
