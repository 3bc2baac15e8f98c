import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Processor seconds, user and system, that a process and its children have used; nginx works in a child. */
export function cpuSecondsOf(pid: number): number {
  // The name in parentheses may hold anything; the fields are counted from behind it (proc(5)).
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return own + (children === '' ? 0 : children.split(' ').map(Number).map(cpuSecondsOf).reduce(sum));
}

/** The most memory that a process has had resident since it started, in bytes, as the kernel counted it. */
export function peakMemoryOf(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1024;
}

/** The memory that a process has resident now, in bytes. */
export function residentMemoryOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1024;
}

function sum(one: number, other: number): number {
  return one + other;
}
