#!/usr/bin/env node
// Plain JavaScript, so that Node need not wake up its TypeScript stripper before it knows that the rest is in its cache,
// and so that a Node too old for the rest gets as far as finding a newer one.
import module from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const neededMajor = 24;
const { execPath, execArgv, argv, env, platform, arch } = process;

if (Number.parseInt(process.versions.node) >= neededMajor) await runHere();
else await runBy(findRuntime());

async function runHere() {
  // In the person's own folder: what lies there is run, and /tmp belongs to all.
  const { XDG_CACHE_HOME } = env;
  const caches = XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : join(homedir(), '.cache');
  module.enableCompileCache(join(caches, 'drey', 'node'));
  await import('./main.ts');
}

/** The Node that came with the package. */
function findRuntime() {
  try {
    const { resolve } = module.createRequire(import.meta.url);
    return join(dirname(resolve(`node-${platform}-${arch}/package.json`)), 'bin', 'node');
  } catch {
    const { node } = process.versions;
    process.stderr.write(`drey: Node ${neededMajor} or newer is needed; ${execPath} is ${node}.\n`);
    process.exit(78);
  }
}

/** Becomes what that one does, as far as one process can become another. */
async function runBy(runtime) {
  const { spawn } = await import('node:child_process');
  const child = spawn(runtime, [...execArgv, fileURLToPath(import.meta.url), ...argv.slice(2)], {
    stdio: 'inherit',
  });
  // From a terminal Ctrl-C comes to both; from elsewhere a signal comes to this one alone.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
