// Plain JavaScript, so that Node need not wake up its TypeScript stripper before it knows that the rest is in its cache.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Files are asked for in threads. With Node's own four, four requests for a disk that hangs would keep all others from
// theirs; and many small files reach the disk sooner when more of them are on their way at once. Read when the first
// thread is made.
process.env.UV_THREADPOOL_SIZE ??= '32';

// Beside what it was compiled from: who can write there needs no cache to change what runs. In the environment for the
// threads, which are spared the stripper too, and its 12 MiB each.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/drey', import.meta.url));
enableCompileCache();

await import('./main.ts');
