import { z } from 'zod';
import { AppError } from '../contract/app-error.ts';
import { providerSettings } from './provider-settings.ts';
import { linkPolicySchema } from './link-policy.ts';

const sizeUnits = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 } as const;

/** `500M`, `2G`, `1048576`: decimal units, as disks are sold. */
const sizeSchema = z
  .string()
  .regex(/^\d{1,15}[kmgt]?$/i, 'is a size such as 500M, 2G or 1048576')
  .transform((text) => {
    const unit = (/[kmgt]$/i.exec(text)?.[0].toLowerCase() ?? '') as keyof typeof sizeUnits;
    return Number.parseInt(text, 10) * sizeUnits[unit];
  })
  .refine(Number.isSafeInteger, 'is too large');

/** `imagenet=2T,scratch=500G` */
const rootQuotasSchema = z.string().transform((text, context) => {
  const quotas = new Map<string, number>();
  for (const part of text.split(',').map((part) => part.trim())) {
    if (part === '') continue;
    const at = part.lastIndexOf('=');
    const size = sizeSchema.safeParse(part.slice(at + 1).trim());
    const name = part.slice(0, Math.max(at, 0)).trim();
    if (name === '' || !size.success || quotas.has(name)) {
      context.addIssue('is a list such as imagenet=2T,scratch=500G');
      return z.NEVER;
    }
    quotas.set(name, size.data);
  }
  return quotas as ReadonlyMap<string, number>;
});

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, 'is a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `is between ${min} and ${max}`);

const originSchema = z
  .string()
  .refine((text) => {
    if (text === '') return true;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && /^https?:$/.test(url.protocol) && `${url.origin}` === text.replace(/\/$/, '');
  }, 'is an origin such as https://files.example.org, without a path')
  .transform((text) => (text === '' ? '' : new URL(text).origin));

function isUrl(text: string, protocol: RegExp): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return protocol.test(url.protocol) && url.hostname !== '';
}

function holdsPassword(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.username + url.password !== '';
}

/** One row a setting: what the server reads, and what the README's table says. */
export const settings = {
  dataFolder: {
    env: 'DREY_DATA',
    default: './data',
    doc: 'Where homes, the database and the keys are kept.',
    schema: z.string().min(1, 'cannot be empty'),
  },
  host: {
    env: 'DREY_HOST',
    default: '127.0.0.1',
    doc: 'Address to listen on. `0.0.0.0` for all; put TLS in front.',
    schema: z.string().min(1, 'cannot be empty'),
  },
  port: {
    env: 'DREY_PORT',
    default: '8080',
    doc: 'Port to listen on; `0` takes a free one.',
    schema: wholeNumber(0, 65_535),
  },
  publicUrl: {
    env: 'DREY_PUBLIC_URL',
    default: '',
    doc: 'The origin that people use, such as `https://files.example.org`. Links are made with it; with `https:` cookies are `Secure`. Empty: the origin that was asked.',
    schema: originSchema,
  },
  cluster: {
    env: 'DREY_CLUSTER',
    default: 'home',
    doc: 'The name of this installation in `storage://` URIs.',
    schema: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'is 1 to 63 of a-z, 0-9 and "-"'),
  },
  trustProxy: {
    env: 'DREY_TRUST_PROXY',
    default: '',
    doc: "Addresses or networks of reverse proxies whose `X-Forwarded-*` headers are believed, separated by commas: `127.0.0.1`, `10.0.0.0/8`. Empty: nobody's.",
    schema: z
      .string()
      .regex(/^$|^[0-9a-fA-F.:/]+(?:,\s*[0-9a-fA-F.:/]+)*$/, 'is a list of addresses or networks')
      .transform((text) =>
        text
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean),
      ),
  },
  logLevel: {
    env: 'DREY_LOG_LEVEL',
    default: 'info',
    doc: 'How much is logged: `error`, `warn`, `info`, or `debug`, which adds every request.',
    schema: z.enum(['silent', 'error', 'warn', 'info', 'debug'], 'is silent, error, warn, info or debug'),
  },
  sessionDays: {
    env: 'DREY_SESSION_DAYS',
    default: '30',
    doc: 'Days after which a session that is not used ends.',
    schema: wholeNumber(1, 3650),
  },
  uploadDays: {
    env: 'DREY_UPLOAD_DAYS',
    default: '7',
    doc: 'Days for which an unfinished upload can be resumed.',
    schema: wholeNumber(1, 365),
  },
  minUploadRate: {
    env: 'DREY_MIN_UPLOAD_RATE',
    default: '1k',
    doc: 'Bytes a second that an upload must bring on average over a minute; slower ones are ended, and can be resumed.',
    schema: sizeSchema,
  },
  ...providerSettings,
  auditDays: {
    env: 'DREY_AUDIT_DAYS',
    default: '365',
    doc: 'Days for which the audit log is kept.',
    schema: wholeNumber(1, 36_500),
  },
  auditAddresses: {
    env: 'DREY_AUDIT_ADDRESSES',
    default: 'network',
    doc: 'What the audit log keeps of an address: `network` (`192.0.2.0/24`) or `full`.',
    schema: z.enum(['network', 'full'], 'is network or full'),
  },
  maxFileBytes: {
    env: 'DREY_MAX_FILE_SIZE',
    default: '16T',
    doc: 'Largest file that may be stored.',
    schema: sizeSchema,
  },
  userQuota: {
    env: 'DREY_USER_QUOTA',
    default: '',
    doc: 'What the files in a home may have together, such as `500G`, unless something else is set for a user. Empty: no limit.',
    schema: z.union([z.literal('').transform(() => null), sizeSchema], {
      error: 'is a size such as 500G, or empty',
    }),
  },
  rootQuotas: {
    env: 'DREY_ROOT_QUOTAS',
    default: '',
    doc: 'What mounted folders may hold, separated by commas: `imagenet=2T,scratch=500G`.',
    schema: rootQuotasSchema,
  },
  uploadChunkBytes: {
    env: 'DREY_UPLOAD_CHUNK_SIZE',
    default: '64M',
    doc: 'How much of a large file the page sends in one request at most. A proxy in front must let so much through.',
    schema: sizeSchema.refine((bytes) => bytes >= 1e6, 'is at least 1M'),
  },
  undoMinutes: {
    env: 'DREY_UNDO_MINUTES',
    default: '60',
    doc: 'Minutes for which an upload can be undone, and what it replaced is kept.',
    schema: wholeNumber(0, 10_080),
  },
  reservedBytes: {
    env: 'DREY_FREE_RESERVE',
    default: '100M',
    doc: 'Space that uploads leave free on every volume.',
    schema: sizeSchema,
  },
  linkEventDays: {
    env: 'DREY_LINK_EVENT_DAYS',
    default: '90',
    doc: 'Days for which the timeline of a link is kept; `0` keeps none, only the counts.',
    schema: wholeNumber(0, 3650),
  },
  linkAddresses: {
    env: 'DREY_LINK_ADDRESSES',
    default: 'truncated',
    doc: 'What a timeline keeps of the addresses of visitors: `truncated` to their network (/24, of IPv6 /48), `full`, or `none`.',
    schema: z.enum(['truncated', 'full', 'none'], 'is truncated, full or none'),
  },
  webhookUrl: {
    env: 'DREY_WEBHOOK_URL',
    default: '',
    doc: 'Where notices about links are posted: the first download, files dropped, a day before one ends. Empty: nowhere.',
    schema: z
      .string()
      .refine(
        (text) => text === '' || isUrl(text, /^https?:$/),
        'is an address such as https://hooks.example.org/drey',
      )
      .refine((text) => !holdsPassword(text), 'holds no name and password: notices are signed instead'),
  },
  webhookSecret: {
    env: 'DREY_WEBHOOK_SECRET',
    default: '',
    doc: 'What notices to the webhook are signed with: 16 characters or more.',
    schema: z.string().regex(/^$|^.{16,1000}$/, 'is 16 characters or more'),
  },
  smtpUrl: {
    env: 'DREY_SMTP_URL',
    default: '',
    doc: 'The mail server, such as `smtps://user:password@mail.example.org` or `smtp://localhost:25`; a password needs TLS. Empty: no mail is sent.',
    schema: z
      .string()
      .refine(
        (text) => text === '' || isUrl(text, /^smtps?:$/),
        'is an address such as smtps://mail.example.org',
      ),
  },
  mailFrom: {
    env: 'DREY_MAIL_FROM',
    default: '',
    doc: 'Whom mail comes from: `Drey <drey@example.org>`.',
    schema: z
      .string()
      .regex(/^$|^(?:[^<>\r\n"]*<)?[^\s<>@]+@[^\s<>@]+>?$/, 'is an address such as Drey <drey@example.org>'),
  },
  linkPolicy: {
    env: 'DREY_LINK_POLICY',
    default: '',
    doc: 'What links must keep to: `life=30d` (no longer than that, so none is permanent), `permanent=no`, `password=required`, separated by commas; a root that differs follows after a semicolon: `life=90d; imagenet: life=7d, password=required`. Links made before work on, and are shown as against the rules.',
    schema: linkPolicySchema,
  },
} as const satisfies Record<string, { env: string; default: string; doc: string; schema: z.ZodType }>;

export type Config = { readonly [K in keyof typeof settings]: z.infer<(typeof settings)[K]['schema']> };

/** Settings of the client, which share the prefix. */
const clientSettings = ['DREY_URL', 'DREY_TOKEN'];

/**
 * Reads the settings from the environment. Throws one `invalid` error that lists every problem, unknown `DREY_` names
 * included, so that a typing error is never taken for a default.
 */
export function loadConfig(environment: Record<string, string | undefined> = process.env): Config {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    const parsed = setting.schema.safeParse(environment[setting.env] ?? setting.default);
    if (parsed.success) config[key] = parsed.data;
    else problems.push(`${setting.env}: it ${parsed.error.issues[0]?.message ?? 'is not valid'}.`);
  }
  // What only makes sense together.
  const pairs = [
    ['webhookUrl', 'webhookSecret'],
    ['smtpUrl', 'mailFrom'],
  ] as const;
  for (const [one, other] of pairs) {
    if (config[one] && config[other] === '')
      problems.push(`${settings[other].env}: it is needed with ${settings[one].env}.`);
  }
  const known = new Set<string>([
    ...Object.values(settings).map((setting) => setting.env),
    ...clientSettings,
  ]);
  for (const name of Object.keys(environment)) {
    if (name.startsWith('DREY_') && !known.has(name)) problems.push(`${name}: there is no such setting.`);
  }
  if (problems.length > 0) {
    throw new AppError(
      'invalid',
      `The configuration has problems:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
  }
  return config as Config;
}

/** The table in the README, which a test compares with this. */
export function describeSettings(): string {
  const rows = Object.values(settings).map(
    (setting) =>
      `| \`${setting.env}\` | ${setting.default === '' ? '' : `\`${setting.default}\``} | ${setting.doc} |`,
  );
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n');
}
