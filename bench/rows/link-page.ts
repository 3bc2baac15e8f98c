import { get } from 'node:http';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Row } from '../table.ts';
import { writeFileOf } from '../test-files.ts';
import type { Workbench } from '../workbench.ts';

const target = 60 * 1024;
const name = 'shared.bin';
const decoders = { br: brotliDecompressSync, gzip: gunzipSync };
type Encoding = keyof typeof decoders;

/** What a stranger's browser fetches of scripts to show a link: all that its page names, and what these import. */
export async function measureLinkPage({ drey }: Workbench): Promise<Row[]> {
  await writeFileOf(1024, join(drey.home, name));
  const page = new URL(await drey.createLink(name), drey.origin);
  const rows = [];
  for (const encoding of ['br', 'gzip'] as const) {
    const { bytes, count } = await weighScripts(page, encoding);
    rows.push({
      work: `JavaScript that the link page loads (${encoding})`,
      drey: `${(bytes / 1024).toFixed(1)} KiB in ${count} files`,
      peer: '',
      ratio: '',
      target: '≤ 60 KiB',
      isMet: bytes <= target,
    });
  }
  return rows;
}

async function weighScripts(page: URL, encoding: Encoding): Promise<{ bytes: number; count: number }> {
  const html = (await fetchEncoded(page, encoding)).text;
  const found = new Set<string>();
  const weigh = async (urls: readonly URL[]): Promise<number> => {
    const fresh = urls.filter(({ href }) => !found.has(href));
    for (const { href } of fresh) found.add(href);
    let bytes = 0;
    for (const url of fresh) {
      const script = await fetchEncoded(url, encoding);
      bytes += script.bytes + (await weigh(importsOf(script.text, url)));
    }
    return bytes;
  };
  const bytes = await weigh(scriptsOf(html, page));
  if (bytes === 0) throw new Error('The link page names no script: the search for them is out of date.');
  return { bytes, count: found.size };
}

/** Preloaded modules, script elements and the imports of the inline script. */
function scriptsOf(html: string, page: URL): URL[] {
  const patterns = [
    /<link\b(?=[^>]*rel="modulepreload")[^>]*href="([^"]+)"/g,
    /<script\b[^>]*src="([^"]+)"/g,
    /import\("([^"]+)"\)/g,
  ];
  return patterns.flatMap((pattern) => [...html.matchAll(pattern)]).map(([, path]) => new URL(path!, page));
}

/** What a module imports at once; what it may import later is not loaded with the page. */
function importsOf(script: string, base: URL): URL[] {
  const imports = script.matchAll(/\b(?:from|import)\s*["'](\.{1,2}\/[^"']+\.js)["']/g);
  return [...imports].map(([, path]) => new URL(path!, base));
}

function fetchEncoded(url: URL, encoding: Encoding): Promise<{ bytes: number; text: string }> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { Accept: 'text/html,*/*', 'Accept-Encoding': encoding } }, async (response) => {
      try {
        const body = Buffer.concat(await response.toArray());
        if (response.statusCode !== 200) throw new Error(`${response.statusCode} for ${url.pathname}`);
        const isEncoded = response.headers['content-encoding'] === encoding;
        resolve({ bytes: body.length, text: (isEncoded ? decoders[encoding](body) : body).toString() });
      } catch (error) {
        reject(error as Error);
      }
    }).on('error', reject);
  });
}
