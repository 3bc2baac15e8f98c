import { createHmac } from 'node:crypto';
import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import type { Carrier } from './outbox.ts';

export type WebhookSettings = { url: string; secret: string };

const patienceMs = 10_000;

/**
 * Posts notices to the operator's URL. `Drey-Signature: t=<seconds>,v1=<hex>` is HMAC-SHA-256 over `<seconds>.<body>`. Only
 * the settings say where to; a redirection is not followed, and the answer's body is not read.
 */
export function createWebhook({ url, secret }: WebhookSettings, clock: Clock): Carrier {
  return async ({ notice, body }) => {
    const seconds = Math.floor(clock().getTime() / 1000);
    const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'drey',
        'Drey-Event': notice.event,
        'Drey-Delivery': notice.id,
        'Drey-Signature': `t=${seconds},v1=${signature}`,
      },
      body,
    });
    await response.body?.cancel();
    if (!response.ok) throw new AppError('unavailable', `The webhook answered ${response.status}.`);
  };
}
