import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { gibibyte } from './test-files.ts';
import { rounds } from './pairs.ts';
import { toMarkdown, type Row } from './table.ts';

/** Writes what was measured, how, and on what kind of machine. */
export async function writeReadme(rows: readonly Row[]): Promise<void> {
  const memory = Math.round(totalmem() / gibibyte);
  const text = `# Measured

\`npm run bench\` starts Drey, nginx and a bare \`express.static\` beside each other on loopback, lets them do the same work in
turn, and prints this table; \`npm run bench -- --write\` also puts it here. It needs \`apt-get install nginx-light curl\`, the
built pages and 6 GiB of free space in the temporary folder, which it leaves as it was.

${toMarkdown(rows)}

- Each figure is the median of ${rounds} rounds; each ratio is the median of the rounds' own ratios, every other round in the
  opposite order. Ratios travel between machines, the figures beside them do not. These are from a machine with
  ${cpus().length} processors and ${memory} GiB of memory; clients and servers share it.
- nginx has one worker, as Drey has one process. The files lie in the page cache. nginx and \`express.static\` serve the same
  files as Drey, and check nothing.
- All transfers are \`curl\`'s. The small file is asked for by \`load-generator.ts\`, which only counts bytes, so that the
  server is the bottleneck.
- An upload ends when the bytes would survive a loss of power: Drey's last answer says so, nginx's is followed by \`sync\` of
  the file.
- Memory is the kernel's own peak (\`VmHWM\`) over every run of Drey.
`;
  await writeFile(new URL('README.md', import.meta.url), text);
}
