import { describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { RawConnection, requestHead, usual } from '../support/raw-http.ts';

/** What a browser would render, or run, when it is told that type in a frame of its own. */
const rendered = /html|xml|javascript|ecmascript|pdf|flash|wasm|multipart|message|x-shockwave/i;

const active =
  'html htm xhtml svg svgz xml xsl xslt mht mhtml shtml swf js mjs cjs wasm pdf epub md ipynb eml'
    .split(' ')
    .flatMap((extension) => [`x.${extension}`, `X.${extension.toUpperCase()}`])
    .concat([
      'x',
      'x.html.',
      'x.html ',
      '.html',
      'x.png.html',
      'x.html;.png',
      'x.txt.htm',
      'x.url',
      'x.hta',
      'x.xht',
    ]);

/** The doors through which a file's bytes go out, for its owner and for whom it was shared with. */
async function doorsOf(server: TestServer, name: string): Promise<string[]> {
  const encoded = encodeURIComponent(name);
  const link = await server.link(server.bob, { items: [`storage:${encoded}`] });
  const { pathname } = new URL(link.url);
  return [`/api/v1/content/bob/${encoded}`, `${pathname}/raw`, `${pathname}/raw/${encoded}`];
}

describe('a file that could carry script', () => {
  test('never runs in our origin, through no door, shown or not (XS-01, XS-05)', async () => {
    const server = await startTestServer();
    const script = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    for (const name of active) {
      await server.put(server.bob, `bob/${encodeURIComponent(name)}`, script);
      const [own] = await doorsOf(server, name);
      for (const query of ['', '?inline=1']) {
        const { headers } = await server
          .as(server.bob)
          .get(`${own}${query}`)
          .set('Accept', 'text/html')
          .responseType('blob')
          .expect(200);
        const type = headers['content-type'] as string;
        const isShown = /^inline/.test(headers['content-disposition'] as string);
        expect(headers['x-content-type-options'], name).toBe('nosniff');
        expect(headers['content-security-policy'], name).toMatch(/sandbox(?! allow)/);
        expect(headers['content-security-policy'], name).toContain("default-src 'none'");
        expect(headers['content-security-policy'], name).not.toContain('allow-scripts');
        if (query === '') expect(isShown, name).toBe(false);
        if (query === '') expect(type, name).not.toMatch(rendered);
        // What is shown is either nothing that a browser would run, or held by the sandbox above.
        if (isShown && !/^image\/svg\+xml|^application\/pdf/.test(type))
          expect(type, name).not.toMatch(rendered);
      }
    }
  });

  test('is no different behind a link (XS-01)', async () => {
    const server = await startTestServer();
    for (const name of ['x.html', 'x.svg', 'x.js', 'x.pdf', 'x']) {
      await server.put(server.bob, `bob/${name}`, '<script>alert(1)</script>');
      const [own, ...shared] = await doorsOf(server, name);
      for (const query of ['', '?inline=1']) {
        const wanted = (await server.as(server.bob).get(`${own}${query}`).buffer()).headers;
        for (const door of shared) {
          const { headers } = await server.as().get(`${door}${query}`).buffer().expect(200);
          for (const header of [
            'content-type',
            'content-disposition',
            'content-security-policy',
            'x-content-type-options',
          ]) {
            expect(headers[header], `${door}${query} ${header}`).toBe(wanted[header]);
          }
        }
      }
    }
  });

  test('is shown as plain text in a charset that is said (XS-09, XS-16)', async () => {
    const server = await startTestServer();
    const bodies = {
      'a.txt': '+ADw-script+AD4-',
      'b.log': '\ufeff<html>',
      'c.csv': '<script>',
      'd.html': '<b>',
    };
    for (const [name, body] of Object.entries(bodies)) {
      await server.put(server.bob, `bob/${name}`, body);
      const { headers } = await server.as(server.bob).get(`/api/v1/content/bob/${name}?inline=1`).expect(200);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test('cannot ask for another type by any parameter (XS-01)', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.bin', '<script>alert(1)</script>');
    for (const query of [
      'type=text/html',
      'response-content-type=text/html',
      'contentType=text/html',
      'raw=1',
    ]) {
      const { headers } = await server.as(server.bob).get(`/api/v1/content/bob/a.bin?${query}`).expect(200);
      expect(headers['content-type']).toBe('application/octet-stream');
    }
    await server.as(server.bob).get('/api/v1/content/bob/a.bin?inline=yes').expect(400);
  });
});

describe('Content-Disposition', () => {
  /** What a client saves a download as (RFC 6266 4.3). */
  function savedName(header: string): string {
    const extended = /filename\*=UTF-8''([^;\s]+)/.exec(header)?.[1];
    if (extended !== undefined) return decodeURIComponent(extended);
    const quoted = /filename="((?:[^"\\]|\\.)*)"/.exec(header)?.[1];
    return quoted === undefined
      ? (/filename=([^;\s]+)/.exec(header)?.[1] ?? '')
      : quoted.replace(/\\(.)/g, '$1');
  }

  test('is one line of ASCII that gives back the very name, however nasty (XS-07, XS-08)', async () => {
    const server = await startTestServer();
    const names = [
      'plain.txt',
      'with space.txt',
      'quo"te.txt',
      'semi;colon=x.txt',
      'back\\slash\\..\\x.txt',
      '%0d%0aSet-Cookie: a=b.txt',
      '%41.txt',
      'per%cent.txt',
      'ünïcode 数据 📦.txt',
      'e\u0301 and \u00e9.txt',
      'gpj.\u202eexe',
      'invoice.pdf.exe',
      "apo'strophe*(x).txt",
      'a, b.txt',
      `${'é'.repeat(125)}.txt`,
      `${'x'.repeat(251)}.txt`,
      '.hidden',
      '-rf',
      'CON',
      '<img src=x onerror=alert(1)>',
    ];
    for (const name of names) {
      const path = `/api/v1/content/bob/${encodeURIComponent(name)}`;
      await server.as(server.bob).put(path).send('x').expect(201);
      const connection = new RawConnection(server.origin);
      connection.send(
        requestHead('HEAD', path, [...usual(server.origin, server.bob), ['Connection', 'close']]),
      );
      await connection.closed();
      const lines = connection.received.toString('latin1').split('\r\n');
      const found = lines.filter((line) => /^content-disposition:/i.test(line));
      expect(found, name).toHaveLength(1);
      expect(found[0], name).toMatch(/^[\x20-\x7e]+$/);
      expect(lines.some((line) => /^set-cookie/i.test(line))).toBe(false);
      expect(savedName(found[0] as string), name).toBe(name);
      const fallback = /filename="((?:[^"\\]|\\.)*)"/.exec(found[0] as string)?.[1] ?? '';
      expect(fallback, name).not.toMatch(/[/\r\n]/);
    }
  });

  test('gives the name alone, never the way to it (XS-07)', async () => {
    const server = await startTestServer();
    await server.as(server.bob).put('/api/v1/directories/bob/private').expect(201);
    await server.put(server.bob, 'bob/private/a.txt', 'x');
    for (const door of await doorsOf(server, 'private/a.txt').catch(() => [])) expect(door).toBe('');
    const { headers } = await server.as(server.bob).get('/api/v1/content/bob/private/a.txt');
    expect(headers['content-disposition']).toBe('attachment; filename=a.txt');
  });
});

describe('an error', () => {
  test('is JSON that nothing renders, and says nothing of the server (XS-12)', async () => {
    const server = await startTestServer();
    const bad = '%3Cscript%3Ealert(1)%3C/script%3E';
    for (const path of [
      `/api/${bad}`,
      `/api/v1/entries/bob/${bad}`,
      `/api/v1/content/bob/${bad}`,
      `/api/v1/entries/bob?sort=${bad}`,
      `/api/v1/archive?item=${bad}`,
      `/api/v1/entries/bob?cursor=${bad}`,
      `/s/${bad}/raw`,
    ]) {
      const { status, headers, text } = await server.as(server.bob).get(path);
      expect(status, path).toBeGreaterThanOrEqual(400);
      expect(status, path).toBeLessThan(500);
      expect(headers['content-type'], path).toMatch(/^(application\/json|text\/plain)/);
      expect(headers['x-content-type-options'], path).toBe('nosniff');
      expect(text).not.toContain(server.dataFolder);
      expect(text).not.toMatch(/node_modules|\.ts:\d|SQLITE|at [A-Z]\w+\./);
    }
  });
});
