import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sql } from 'kysely';
import { AppError, hasCode } from './contract/app-error.ts';
import type { EntryName } from './contract/path.ts';
import { AccessControl } from './access/access-control.ts';
import { GrantsRepository } from './access/grants-repository.ts';
import { AuditLog } from './audit/audit-log.ts';
import { AttemptLimiter } from './accounts/attempt-limiter.ts';
import { ClientApprovals } from './accounts/client-approvals.ts';
import { GranteeNames } from './accounts/grantee-names.ts';
import { GrantsService } from './accounts/grants-service.ts';
import { GroupsRepository } from './accounts/groups-repository.ts';
import { GroupsService } from './accounts/groups-service.ts';
import { InvitesService } from './accounts/invites-service.ts';
import { PasswordHasher } from './accounts/password-hasher.ts';
import { IdentitiesRepository } from './accounts/identities-repository.ts';
import { OpenidProvider } from './accounts/openid-provider.ts';
import { ProviderSignIn } from './accounts/provider-sign-in.ts';
import { SessionsRepository } from './accounts/sessions-repository.ts';
import { SessionsService } from './accounts/sessions-service.ts';
import { SetupService } from './accounts/setup-service.ts';
import { Standing } from './accounts/standing.ts';
import { TokensService } from './accounts/tokens-service.ts';
import { UsersRepository } from './accounts/users-repository.ts';
import { UsersService } from './accounts/users-service.ts';
import { ArchiveService } from './archives/archive-service.ts';
import { RunningWatch } from './base/running-watch.ts';
import { systemClock, type Clock } from './base/clock.ts';
import { createIdentifier } from './base/identifier.ts';
import { createLogger, type Logger } from './base/logger.ts';
import type { Config } from './config/settings.ts';
import { reserveRoom } from './database/database-room.ts';
import { RevocationLog } from './database/revocation-log.ts';
import { openDatabase, type Db } from './database/connection.ts';
import { holdDataFolder, type DataFolderLock } from './database/data-folder-lock.ts';
import { DropEntriesRepository } from './files/drop-entries-repository.ts';
import { UndoService } from './files/undo-service.ts';
import { ChangeJournal } from './files/change-journal.ts';
import { ChecksumService } from './files/checksum-service.ts';
import { ChecksumsRepository } from './files/checksums-repository.ts';
import { ComparisonService } from './files/comparison-service.ts';
import { HomesService } from './files/homes-service.ts';
import { CountedStorage } from './files/counted-storage.ts';
import { FilesService } from './files/files-service.ts';
import { Quotas } from './files/quotas.ts';
import { TransferService } from './files/transfer-service.ts';
import type { HttpDependencies } from './http/http-dependencies.ts';
import { hasKeys, openKeyRing } from './links/key-folder.ts';
import { KeysService } from './links/keys-service.ts';
import { DropsRepository } from './links/drops-repository.ts';
import { DropsService } from './links/drops-service.ts';
import { DropVisitors } from './links/drop-visitors.ts';
import { LinkDownloads } from './links/link-downloads.ts';
import { LinkNotices } from './links/link-notices.ts';
import { LinkPolicies } from './links/link-policies.ts';
import { LinkLock } from './links/link-lock.ts';
import { LinkGate, type OpenLink } from './links/link-gate.ts';
import { LinkTokens } from './links/link-token.ts';
import { LinkEventsRepository } from './links/link-events-repository.ts';
import { LinkTimeline } from './links/link-timeline.ts';
import { LinkTransfers } from './links/link-transfers.ts';
import { LinksRepository } from './links/links-repository.ts';
import { LinksService } from './links/links-service.ts';
import { LinkPins } from './links/link-pins.ts';
import { PinMaker } from './links/pin-maker.ts';
import { PinnedFiles } from './links/pinned-files.ts';
import { PinsRepository } from './links/pins-repository.ts';
import { createMail } from './notices/mail.ts';
import { Outbox, type Channel } from './notices/outbox.ts';
import { createWebhook } from './notices/webhook.ts';
import { Mounts } from './storage/mounts.ts';
import { Storage } from './storage/storage.ts';
import { ThumbnailsService } from './thumbnails/thumbnails-service.ts';
import { RepeatedRequests } from './uploads/repeated-requests.ts';
import { UploadsRepository } from './uploads/uploads-repository.ts';
import { UploadsService } from './uploads/uploads-service.ts';

/** A folder to mount, and the name of its root. */
export type MountRequest = { name: EntryName; folder: string };

export type Services = HttpDependencies & {
  pinMaker: PinMaker;
  outbox: Outbox;
  /** What links are signed with; for commands on the installation. */
  keys: KeysService;
  mount(request: MountRequest): Promise<void>;
  /** Keeps a second server from these data. Throws `unavailable` when there is one already. */
  hold(): Promise<void>;
  /** Finishes or forgets what a crash left open, and removes what has had its time. */
  sweep(): Promise<void>;
  close(): Promise<void>;
};

/** What tests replace. */
export type ServiceOptions = { clock?: Clock; log?: Logger; allowsPlainHttpProvider?: boolean };

const dayMs = 86_400_000;

/** Builds every floor on the one below. The only place that sees them all. */
export async function createServices(config: Config, options: ServiceOptions = {}): Promise<Services> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLogger(config.logLevel);
  const dataFolder = resolve(config.dataFolder);
  const homesFolder = join(dataFolder, 'storage');
  const keysFolder = join(dataFolder, 'keys');
  const databaseFile = join(dataFolder, 'drey.db');
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });

  // The system's own time: it is held against what the file system says.
  const startedAt = new Date();
  const hasDatabase = existsSync(databaseFile);
  if (!hasDatabase && hasKeys(keysFolder)) {
    throw new AppError(
      'unavailable',
      'The database is missing beside existing keys. Restore drey.db from your backup; to begin anew, move the data folder away.',
    );
  }
  const keys = openKeyRing(keysFolder, !hasDatabase);
  const db = openDatabase(databaseFile);
  const hasHomes = existsSync(homesFolder) && readdirSync(homesFolder).length > 0;
  const instanceId = await findOrCreateInstance(db, clock, !(hasDatabase && hasHomes));
  const revocations = new RevocationLog(join(dataFolder, 'revocations.log'));
  const missed = await revocations.catchUp(db);
  if (missed > 0) {
    log.warn(
      { revocations: missed },
      'the database is an older one: what was revoked since is revoked again',
    );
  }
  const audit = new AuditLog(db, clock, { keepsAddresses: config.auditAddresses === 'full' });

  const mounts = new Mounts({ dataFolder, homesFolder });
  const quotas = new Quotas({
    db,
    storage: new Storage(mounts, clock),
    clock,
    log,
    userQuota: config.userQuota,
    rootQuotas: config.rootQuotas,
  });
  const storage = new CountedStorage(mounts, quotas, clock);

  const grantsRepository = new GrantsRepository(db);
  const access = new AccessControl(grantsRepository, (root) => storage.isMount(root));

  const usersRepository = new UsersRepository(db);
  const groupsRepository = new GroupsRepository(db);
  const names = new GranteeNames(usersRepository, groupsRepository);
  const sessionsRepository = new SessionsRepository(db);
  const hasher = new PasswordHasher();
  const limiter = new AttemptLimiter(db, clock);
  const sessions = new SessionsService({
    db,
    audit,
    users: usersRepository,
    sessions: sessionsRepository,
    hasher,
    limiter,
    clock,
    idleMs: config.sessionDays * dayMs,
  });
  const users = new UsersService({
    db,
    audit,
    revocations,
    users: usersRepository,
    sessions: sessionsRepository,
    grants: grantsRepository,
    hasher,
    limiter,
    createHome: async (name) => mounts.createHome(name),
    giveUpUploads: (userId) => uploads.removeAllOf(userId),
    clock,
  });

  const apiTokens = new TokensService(db, audit, revocations, clock);
  const clientApprovals = new ClientApprovals({ db, tokens: apiTokens, limiter, clock });
  const groups = new GroupsService({
    db,
    groups: groupsRepository,
    users: usersRepository,
    grants: grantsRepository,
    audit,
    clock,
  });
  const providerSignIn =
    config.oidcIssuer === ''
      ? undefined
      : new ProviderSignIn(
          new OpenidProvider({
            issuer: config.oidcIssuer,
            clientId: config.oidcClientId,
            clientSecret: config.oidcClientSecret,
            scopes: config.oidcScopes,
            allowsPlainHttp: options.allowsPlainHttpProvider ?? false,
          }),
          {
            name: config.oidcName,
            nameClaim: config.oidcNameClaim,
            groupsClaim: config.oidcGroupsClaim,
            allowedGroups: config.oidcAllowedGroups,
            groups: config.oidcGroups,
            createsUsers: config.oidcCreateUsers === 'yes',
          },
          {
            db,
            audit,
            identities: new IdentitiesRepository(db),
            users: usersRepository,
            accounts: users,
            groups,
            limiter,
            clock,
            log,
          },
        );
  const standing = new Standing(db, clock);
  const invites = new InvitesService({ db, audit, users, groups: groupsRepository, limiter, clock });

  const linksRepository = new LinksRepository(db);
  const uploadsRepository = new UploadsRepository(db);
  const checksumsRepository = new ChecksumsRepository(db);
  const dropEntries = new DropEntriesRepository(db);
  const undoMs = config.undoMinutes * 60_000;
  const followers = [grantsRepository, linksRepository, uploadsRepository, checksumsRepository, dropEntries];
  const journal = new ChangeJournal(db, followers, audit, clock);
  const { maxFileBytes, reservedBytes } = config;
  const files = new FilesService({
    access,
    storage,
    quotas,
    journal,
    audit,
    checksums: checksumsRepository,
    dropEntries,
    clock,
    maxFileBytes,
    reservedBytes,
  });

  const undo = new UndoService({
    access,
    storage,
    journal,
    audit,
    entries: dropEntries,
    clock,
    lifeMs: undoMs,
  });

  const tokens = new LinkTokens(keys, instanceId);
  const linkLock = new LinkLock(hasher, limiter, keys, clock);
  const linkGate = new LinkGate(tokens, linksRepository, access, linkLock, clock);
  const linkEvents = new LinkEventsRepository(db);
  const outbox = new Outbox({
    db,
    carriers: {
      ...(config.webhookUrl && {
        webhook: createWebhook({ url: config.webhookUrl, secret: config.webhookSecret }, clock),
      }),
      ...(config.smtpUrl && { mail: createMail({ smtpUrl: config.smtpUrl, from: config.mailFrom }) }),
    },
    mayGo: ({ channel, recipient }) => mayMail(limiter, channel, recipient),
    clock,
    log,
  });
  const { cluster, publicUrl } = config;
  const linkNotices = new LinkNotices({ db, outbox, place: { cluster, publicUrl }, clock });
  const linkTimeline = new LinkTimeline({
    events: linkEvents,
    tell: (tx, news) => linkNotices.tell(tx, news),
    keeping: { addresses: config.linkAddresses, days: config.linkEventDays },
    clock,
    log,
  });
  const standingLinks = new RunningWatch<OpenLink>({
    keyOf: ({ actor, generation }) => `${actor.id} ${generation}`,
    stillHolds: (link) => linkGate.stillHolds(link),
    log,
  });
  const dropsRepository = new DropsRepository(db);
  const drops = new DropsService({ drops: dropsRepository, files, clock });
  const checksums = new ChecksumService(checksumsRepository, files);
  const pins = new PinsRepository(db);
  const pinMaker = new PinMaker({ pins, links: linksRepository, files, checksums, clock, log });
  mkdirSync(join(dataFolder, 'staging'), { recursive: true, mode: 0o700 });
  const stagingFolder = realpathSync.native(join(dataFolder, 'staging'));
  const uploads = new UploadsService({
    access,
    uploads: uploadsRepository,
    files,
    clock,
    stagingFolder,
    lifeMs: config.uploadDays * dayMs,
    onGivenUp: (id) => drops.release(id),
  });
  const repeatedRequests = new RepeatedRequests(db, clock);
  const thumbnails = new ThumbnailsService(files, join(dataFolder, 'thumbnails'), clock);
  let lock: DataFolderLock | undefined;
  const exists = (path: Parameters<typeof files.exists>[0]) => files.exists(path);

  return {
    config,
    clock,
    log,
    access,
    users,
    sessions,
    standing: new RunningWatch({
      keyOf: ({ via }) => via.id,
      stillHolds: (user) => standing.holds(user),
      log,
    }),
    providerSignIn,
    invites,
    clientApprovals,
    homes: new HomesService({ storage, journal, files, users, audit }),
    setup: new SetupService(users, keys.current.derive(`setup ${instanceId}`)),
    tokens: apiTokens,
    grants: new GrantsService({
      db,
      audit,
      grants: grantsRepository,
      users: usersRepository,
      names,
      access,
      exists,
      clock,
    }),
    groups,
    audit,
    files,
    quotas,
    transfers: new TransferService({ access, storage, journal, files, checksums: checksumsRepository }),
    checksums,
    undo,
    comparisons: new ComparisonService(access, storage, checksumsRepository),
    archives: new ArchiveService(files),
    thumbnails,
    keys: new KeysService({ db, audit, keys, folder: keysFolder, clock }),
    links: new LinksService({
      db,
      audit,
      revocations,
      links: linksRepository,
      drops: dropsRepository,
      pins: new LinkPins({ db, pins, links: linksRepository, maker: pinMaker, clock }),
      gate: linkGate,
      tokens,
      files,
      hasher,
      policies: new LinkPolicies(config.linkPolicy),
      access,
      clock,
    }),
    linkEvents,
    linkNotices,
    outbox,
    linkGate,
    linkTimeline,
    standingLinks,
    linkTransfers: new LinkTransfers(standingLinks, linkTimeline),
    linkLock,
    linkDownloads: new LinkDownloads(linksRepository, clock),
    drops,
    dropVisitors: new DropVisitors(keys),
    pinMaker,
    pinnedFiles: new PinnedFiles({ pins, files, checksums }),
    uploads,
    repeatedRequests,
    ping: async () => {
      await sql`SELECT 1`.execute(db);
    },
    async mount({ name, folder }) {
      if (await usersRepository.findByName(name)) {
        throw new AppError('conflict', `"${name}" cannot be mounted: a user has that name.`);
      }
      mounts.mountFolder(name, resolve(folder));
    },
    async hold() {
      lock = holdDataFolder(join(dataFolder, 'serving.lock'));
      if (!(await reserveRoom(db))) log.warn('the volume of the database is full');
    },
    async sweep() {
      await journal.recover(exists);
      await uploads.recover(startedAt);
      await uploads.sweep();
      await repeatedRequests.sweep();
      await quotas.sweep();
      await undo.sweep();
      await mounts.sweepKept(new Date(clock().getTime() - undoMs));
      await drops.sweep();
      await pinMaker.resume();
      await linkTimeline.sweep();
      await linkNotices.sweep();
      outbox.start();
      await sessions.sweep();
      await limiter.sweep();
      await thumbnails.sweep();
      await mounts.sweep(new Date(clock().getTime() - (config.uploadDays + 1) * dayMs), startedAt);
      await providerSignIn?.sweep();
      await invites.sweep();
      await clientApprovals.sweep();
      await audit.sweep(new Date(clock().getTime() - config.auditDays * dayMs));
    },
    async close() {
      uploads.close();
      await quotas.close();
      await pinMaker.close();
      await thumbnails.close();
      await linkTimeline.flush();
      await outbox.close();
      await mounts.close();
      await db.destroy();
      lock?.release();
    },
  };
}

/** Nobody's mailbox is filled by links that someone else makes up: an address gets so many in a quarter of an hour. */
async function mayMail(limiter: AttemptLimiter, channel: Channel, recipient: string): Promise<boolean> {
  if (channel !== 'mail') return true;
  try {
    await limiter.charge([{ name: `mail:${recipient}`, max: 30 }]);
    return true;
  } catch (error) {
    if (hasCode(error, 'rate_limited')) return false;
    throw error;
  }
}

/** The name of this installation in tokens, so that another's with the same key would not fit. */
async function findOrCreateInstance(db: Db, clock: Clock, mayBeNew: boolean): Promise<string> {
  const row = await db.selectFrom('instance').select('id').executeTakeFirst();
  if (row) return row.id;
  if (!mayBeNew) {
    await db.destroy();
    throw new AppError(
      'unavailable',
      'The database holds nothing, though there are homes: it may have been copied without the file drey.db-wal beside it. Restore drey.db from your backup; to begin anew, move the data folder away.',
    );
  }
  const id = createIdentifier();
  await db.insertInto('instance').values({ id, created_at: clock().getTime(), revocations: 0 }).execute();
  return id;
}
