import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Link } from '../../server/contract/schemas.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';

const secret = 'a secret of sixteen or more';
const dayMs = 86_400_000;
const pathOf = (link: Link) => new URL(link.url).pathname;

type Delivery = { headers: IncomingHttpHeaders; body: string };

/** A webhook of the operator's that answers with `status`, and keeps what it was sent. */
async function startWebhook() {
  const deliveries: Delivery[] = [];
  const hook = { deliveries, status: 204, url: '', headers: {} as Record<string, string> };
  const server = createServer(async (request, response) => {
    deliveries.push({ headers: request.headers, body: await text(request) });
    response.writeHead(hook.status, hook.headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  hook.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return hook;
}

/** A mail server that refuses addresses at `refused.example` for good. */
async function startMailServer() {
  const mails: { to: string[]; text: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      if (!address.endsWith('@refused.example')) return done();
      done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
    },
    onData(stream, session, done) {
      void text(stream).then((mail) => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text: mail });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.server.address() as AddressInfo;
  const settings = { DREY_SMTP_URL: `smtp://127.0.0.1:${port}`, DREY_MAIL_FROM: 'Drey <drey@example.org>' };
  return { mails, settings };
}

async function makeLink(server: TestServer, body: object = {}): Promise<Link> {
  await server.put(server.bob, 'bob/a.txt', 'some text');
  return server.link(server.bob, { items: ['storage:a.txt'], label: 'for the review', ...body });
}

async function download(server: TestServer, link: Link): Promise<void> {
  await server
    .as()
    .get(`${pathOf(link)}/raw`)
    .set('User-Agent', 'curl/8.5.0')
    .expect(200);
  await server.services.linkTimeline.flush();
}

function withWebhook(hook: { url: string }) {
  return { DREY_WEBHOOK_URL: hook.url, DREY_WEBHOOK_SECRET: secret };
}

describe('the webhook', () => {
  test('is told of the first download of a link and of no other, signed, and without its address', async () => {
    const hook = await startWebhook();
    const server = await startTestServer(withWebhook(hook));
    const link = await makeLink(server);
    await download(server, link);
    await download(server, link);
    await server.services.outbox.deliverDue();
    expect(hook.deliveries).toHaveLength(1);
    const [{ headers, body }] = hook.deliveries as [Delivery];
    const notice = JSON.parse(body);
    expect(notice).toMatchObject({
      event: 'link.first_download',
      link: { id: link.id, label: 'for the review', items: ['storage://home/bob/a.txt'], createdBy: 'bob' },
      files: { count: 1, names: ['a.txt'] },
      by: { client: 'curl', address: '127.0.0.0/24' },
    });
    expect(body).not.toContain(pathOf(link).slice('/s/'.length));
    expect(headers['drey-delivery']).toBe(notice.id);
    const [, seconds, signature] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['drey-signature'])) ?? [];
    expect(signature).toBe(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'));
  });

  test('that fails is tried again after growing pauses, across a restart, and given up in the end', async () => {
    const hook = await startWebhook();
    const server = await startTestServer(withWebhook(hook));
    hook.status = 503;
    await download(server, await makeLink(server));
    await server.services.outbox.deliverDue();
    await server.services.outbox.deliverDue();
    expect(hook.deliveries).toHaveLength(1);
    await server.close();

    const next = await startServerOn(server.dataFolder, withWebhook(hook));
    const later = async (ms: number) => {
      next.time.now = new Date(next.time.now.getTime() + ms);
      await next.services.outbox.deliverDue();
    };
    await later(2 * 60_000);
    expect(hook.deliveries).toHaveLength(2);
    const ids = new Set(hook.deliveries.map(({ headers }) => headers['drey-delivery']));
    expect(ids.size).toBe(1);
    for (let look = 0; look < 20; look += 1) await later(13 * 3_600_000);
    expect(hook.deliveries).toHaveLength(8);
    hook.status = 204;
    await later(dayMs);
    expect(hook.deliveries).toHaveLength(8);
    await next.close();
  });

  test('that sends elsewhere is not followed there', async () => {
    const elsewhere = await startWebhook();
    const hook = await startWebhook();
    Object.assign(hook, { status: 307, headers: { Location: elsewhere.url } });
    const server = await startTestServer(withWebhook(hook));
    await download(server, await makeLink(server));
    await server.services.outbox.deliverDue();
    expect(hook.deliveries).toHaveLength(1);
    expect(elsewhere.deliveries).toHaveLength(0);
  });

  test('is where the settings say, and no link can say another place', async () => {
    const [hook, elsewhere] = [await startWebhook(), await startWebhook()];
    const server = await startTestServer(withWebhook(hook));
    const link = await makeLink(server, { webhook: elsewhere.url, webhookUrl: elsewhere.url });
    const change = (body: object) => server.as(server.bob).patch(`/api/v1/links/${link.id}`).send(body);
    for (const notify of [elsewhere.url, { url: elsewhere.url }, 1, null, 'x'.repeat(50_000)]) {
      await change({ notify }).expect(400);
      await server
        .as(server.bob)
        .post('/api/v1/links')
        .send({ items: ['storage:a.txt'], notify })
        .expect(400);
    }
    await change({ notify: true, webhookUrl: elsewhere.url });
    await download(server, link);
    await server.services.outbox.deliverDue();
    expect(hook.deliveries).toHaveLength(1);
    expect(elsewhere.deliveries).toEqual([]);
  });

  test('is told once, a day before, that a link ends, and again of its next end when that was put off', async () => {
    const hook = await startWebhook();
    const server = await startTestServer(withWebhook(hook));
    const link = await makeLink(server, { expiresIn: 3 * 86_400 });
    await makeLink(server, { expiresIn: 3600 });
    const at = async (ms: number) => {
      server.time.now = new Date(server.time.now.getTime() + ms);
      await server.services.sweep();
      await server.services.outbox.deliverDue();
      return hook.deliveries
        .map(({ body }) => JSON.parse(body))
        .map(({ event, link: { id } }) => [event, id]);
    };
    expect(await at(0)).toEqual([]);
    const told = [['link.expiring', link.id]];
    expect(await at(2 * dayMs + 60_000)).toEqual(told);
    expect(await at(3_600_000)).toEqual(told);
    const patch = { expiresIn: 5 * 86_400 };
    await server.as(server.bob).patch(`/api/v1/links/${link.id}`).send(patch).expect(200);
    expect(await at(3_600_000)).toEqual(told);
    expect(await at(4 * dayMs)).toEqual([...told, ...told]);
  });

  test('is told together of what is dropped within minutes', async () => {
    const hook = await startWebhook();
    const server = await startTestServer(withWebhook(hook));
    const link = await makeLink(server);
    server.time.now = new Date(Math.ceil(server.time.now.getTime() / 300_000) * 300_000 + 1000);
    const visitor = { address: '203.0.113.7', userAgent: 'curl/8' };
    for (const name of ['one', 'two', 'three']) {
      server.services.linkTimeline.dropped(link.id, visitor, { path: name, bytes: 10, sender: 'Eve' });
      await server.services.linkTimeline.flush();
    }
    await server.services.outbox.deliverDue();
    expect(hook.deliveries).toHaveLength(0);
    server.time.now = new Date(server.time.now.getTime() + 6 * 60_000);
    await server.services.outbox.deliverDue();
    expect(hook.deliveries).toHaveLength(1);
    expect(JSON.parse(hook.deliveries[0]!.body)).toMatchObject({
      event: 'link.dropped',
      files: { count: 3, bytes: 30, names: ['one', 'two', 'three'] },
      by: { sender: 'Eve' },
    });
  });
});

describe('mail about a link', () => {
  test('goes to the creator who asked for it and gave an address, and to nobody else', async () => {
    const { mails, settings } = await startMailServer();
    const server = await startTestServer({ ...settings, DREY_PUBLIC_URL: 'https://files.example.org' });
    const setMail = (email: string | null) =>
      server.as(server.bob).patch('/api/v1/users/bob').send({ email }).expect(200);
    const noAddress = await makeLink(server, { notify: true });
    await download(server, noAddress);
    await setMail('bob@example.org');
    await download(server, await makeLink(server));
    const asked = await makeLink(server, { notify: true });
    await download(server, asked);
    await server.services.outbox.deliverDue();
    expect(mails.map(({ to }) => to)).toEqual([['bob@example.org']]);
    const [mail] = mails;
    expect(mail?.text).toContain('Auto-Submitted: auto-generated');
    const words = mail!.text.replaceAll('=\r\n', '');
    expect(words).toContain(`https://files.example.org/links/${asked.id}`);
    expect(words).not.toContain(pathOf(asked).slice('/s/'.length));
    const { body } = await server.as(server.bob).get('/api/v1/links/rules').expect(200);
    expect(body.canNotify).toBe(true);
  });

  test('that is refused for good is not tried again, and holds up no other', async () => {
    const { mails, settings } = await startMailServer();
    const server = await startTestServer(settings);
    for (const email of ['bob@refused.example', 'bob@example.org']) {
      await server.as(server.bob).patch('/api/v1/users/bob').send({ email }).expect(200);
      await download(server, await makeLink(server, { notify: true }));
    }
    await server.services.outbox.deliverDue();
    expect(mails.map(({ to }) => to)).toEqual([['bob@example.org']]);
    expect(server.logLines.filter((line) => line.includes('a notice was given up'))).toHaveLength(1);
    server.time.now = new Date(server.time.now.getTime() + dayMs);
    await server.services.outbox.deliverDue();
    expect(mails).toHaveLength(1);
  });

  test('is limited for each address, so that no mailbox can be filled by it', async () => {
    const { mails, settings } = await startMailServer();
    const server = await startTestServer(settings);
    await server.as(server.bob).patch('/api/v1/users/bob').send({ email: 'bob@example.org' }).expect(200);
    for (let made = 0; made < 35; made += 1) await download(server, await makeLink(server, { notify: true }));
    await server.services.outbox.deliverDue();
    expect(mails).toHaveLength(30);
    server.time.now = new Date(server.time.now.getTime() + 16 * 60_000);
    await server.services.outbox.deliverDue();
    expect(mails).toHaveLength(35);
  });

  test('goes only to what is an address: a line break or a second one is refused', async () => {
    const server = await startTestServer();
    for (const email of [
      'bob',
      'bob@example.org\r\nBcc: eve@example.org',
      'a@example.org, b@example.org',
      '',
    ]) {
      await server.as(server.bob).patch('/api/v1/users/bob').send({ email }).expect(400);
    }
    await server.as(server.bob).patch('/api/v1/users/alice').send({ email: 'eve@example.org' }).expect(404);
  });
});

test('the settings of webhook and mail are refused half done, or when they make no sense', async () => {
  const bad: Record<string, string>[] = [
    { DREY_WEBHOOK_URL: 'https://hooks.example.org/x' },
    ...[
      'file:///etc/passwd',
      'javascript:alert(1)',
      'ftp://hooks.example.org/x',
      'hooks.example.org/x',
      'https://',
      'https://[::1',
      'https://hooks.example.org:99999/',
      'https://name:password@hooks.example.org/x',
      'https://name@hooks.example.org/x',
    ].map((url) => ({ DREY_WEBHOOK_URL: url, DREY_WEBHOOK_SECRET: secret })),
    { DREY_WEBHOOK_URL: 'https://hooks.example.org/x', DREY_WEBHOOK_SECRET: 's'.repeat(1001) },
    { DREY_WEBHOOK_URL: 'https://hooks.example.org/x', DREY_WEBHOOK_SECRET: 'short' },
    { DREY_SMTP_URL: 'smtp://localhost' },
    { DREY_SMTP_URL: 'http://localhost', DREY_MAIL_FROM: 'drey@example.org' },
    { DREY_SMTP_URL: 'smtp://localhost', DREY_MAIL_FROM: 'Drey' },
  ];
  for (const settings of bad) await expect(startTestServer(settings)).rejects.toThrow(/DREY_/);
});
