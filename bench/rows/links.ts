import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../child-process.ts';
import { timeGet } from '../curl.ts';
import { DreyServer } from '../drey-server.ts';
import { addUserRow, multiplyLink } from '../link-rows.ts';
import { compete, medianOf, ratioOf, type Measured } from '../pairs.ts';
import { milliseconds, times, type Row } from '../table.ts';
import type { Workbench } from '../workbench.ts';

const targets = { check: 1.3, list: 1.5 };
const counts = { few: 10, mine: 10_000, all: 1_000_000 };
const connections = 32;
const seconds = 4;
/** One answer of the list is over in milliseconds: so many make one round. */
const listsPerRound = 20;
const name = 'tiny.bin';
const generator = fileURLToPath(new URL('../load-generator.ts', import.meta.url));

/** The same things asked of two servers, one with ten links, one with a million of which ten thousand are the asker's. */
export async function measureLinks({ scratch, drey: many }: Workbench): Promise<Row[]> {
  const few = await DreyServer.install(join(dirname(scratch), 'few-links'));
  try {
    await few.start();
    for (const server of [few, many]) {
      await writeFile(join(server.home, name), 'x');
      await server.createLink(name);
    }
    await fill(few, counts.few - 1, 0);
    await fill(many, counts.mine - 1, counts.all - counts.mine);
    return await measure(few, many);
  } finally {
    await few.stop();
  }
}

async function measure(few: DreyServer, many: DreyServer): Promise<Row[]> {
  const asking = async (server: DreyServer) => {
    const urls = (await addressesOf(server, counts.mine)).filter((_, index, all) =>
      isChosen(index, all.length),
    );
    const [first, ...others] = urls.map((url) => `${server.origin}${new URL(url).pathname}/raw`);
    return async (): Promise<Measured> => {
      const rate = await runCommand(process.execPath, [
        generator,
        ...[first!, `${connections}`, `${seconds}`],
        ...others,
      ]);
      let total = 0;
      for (let index = 0; index < listsPerRound; index += 1)
        total += await timeGet(`${server.origin}/api/v1/links?limit=${counts.few}`, [server.authorization]);
      return { check: 1 / Number(rate), list: total / listsPerRound };
    };
  };
  const contestants = { few: await asking(few), many: await asking(many) };
  for (const warmUp of Object.values(contestants)) await warmUp();
  const results = await compete(contestants);
  const rowOf = (key: keyof typeof targets, work: string, peer: string): Row => {
    const ratio = ratioOf(results.many, results.few, key);
    return {
      work,
      drey: milliseconds(medianOf(results.many, key)),
      peer: `${peer}: ${milliseconds(medianOf(results.few, key))}`,
      ratio: times(ratio),
      target: `≤ ${targets[key]} ×`,
      isMet: ratio <= targets[key],
    };
  };
  return [
    rowOf('check', `a request by link, ${counts.all.toLocaleString('en')} links in the table`, 'with 10'),
    rowOf(
      'list',
      `first 100 of ${counts.mine.toLocaleString('en')} links of mine, among as many`,
      'all of 10',
    ),
  ];
}

/** Multiplies the newest link while the server is stopped. */
async function fill(server: DreyServer, mine: number, others: number): Promise<void> {
  const linkId = (await linksPage(server)).items[0]!.id;
  await server.stop();
  multiplyLink(server.databaseFile, linkId, mine);
  if (others > 0) multiplyLink(server.databaseFile, linkId, others, addUserRow(server.databaseFile, 'bob'));
  await server.start();
}

type LinksPage = { items: { id: string; url: string }[]; next: string | null };

async function linksPage(server: DreyServer, cursor?: string): Promise<LinksPage> {
  const query = new URLSearchParams({ limit: '1000', ...(cursor !== undefined && { cursor }) });
  const response = await fetch(`${server.origin}/api/v1/links?${query}`, {
    headers: { Authorization: `Bearer ${server.token}` },
  });
  if (!response.ok) throw new Error(`No links: ${response.status} ${await response.text()}`);
  return (await response.json()) as LinksPage;
}

async function addressesOf(server: DreyServer, limit: number): Promise<string[]> {
  const urls: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null && urls.length < limit;) {
    const page: LinksPage = await linksPage(server, cursor);
    urls.push(...page.items.map(({ url }) => url));
    cursor = page.next;
  }
  return urls;
}

/** As many as there are connections, from all over the table. */
function isChosen(index: number, length: number): boolean {
  return length <= connections || index % Math.floor(length / connections) === 0;
}
