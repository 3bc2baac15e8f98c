#!/usr/bin/env node
// Plain JavaScript, so that Node need not wake up its TypeScript stripper before it knows that the rest is in its cache.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// In the person's own folder: what lies there is run, and /tmp belongs to all.
const { XDG_CACHE_HOME } = process.env;
const caches = XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : join(homedir(), '.cache');
enableCompileCache(join(caches, 'drey', 'node'));

await import('./main.ts');
