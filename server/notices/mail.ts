import { AppError } from '../contract/app-error.ts';
import type { Carrier } from './outbox.ts';
import { subjectOf, textOf } from './mail-text.ts';

export type MailSettings = { smtpUrl: string; from: string };

const patienceMs = 20_000;

/** Sends notices as plain text through an SMTP server. A password is never sent in the clear, except to this machine. */
export function createMail({ smtpUrl, from }: MailSettings): Carrier {
  const url = new URL(smtpUrl);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isSecure = url.protocol === 'smtps:';
  const auth =
    url.username === ''
      ? undefined
      : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  const transport = once(async () => {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      host,
      port: Number(url.port) || (isSecure ? 465 : 587),
      secure: isSecure,
      requireTLS: auth !== undefined && !['localhost', '127.0.0.1', '::1'].includes(host),
      ...(auth && { auth }),
      connectionTimeout: patienceMs,
      greetingTimeout: patienceMs,
      socketTimeout: patienceMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  });
  return async ({ notice, recipient }) => {
    try {
      await (
        await transport()
      ).sendMail({
        from,
        to: { name: notice.link.createdBy, address: recipient },
        subject: subjectOf(notice),
        text: textOf(notice),
        messageId: `<${notice.id}@drey>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (cause) {
      // A server that says 5xx means it for good (RFC 5321 4.2.1).
      const isFinal = ((cause as { responseCode?: number }).responseCode ?? 0) >= 500;
      const { message } = cause as Error;
      throw new AppError(isFinal ? 'invalid' : 'unavailable', `The mail was not taken: ${message}`, {
        cause,
      });
    }
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
