import type { Logger } from '../base/logger.ts';
import type { Clock } from '../base/clock.ts';
import type { Config } from '../config/settings.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { GrantsService } from '../accounts/grants-service.ts';
import type { GroupsService } from '../accounts/groups-service.ts';
import type { SessionsService } from '../accounts/sessions-service.ts';
import type { SetupService } from '../accounts/setup-service.ts';
import type { TokensService } from '../accounts/tokens-service.ts';
import type { UsersService } from '../accounts/users-service.ts';
import type { ArchiveService } from '../archives/archive-service.ts';
import type { ChecksumService } from '../files/checksum-service.ts';
import type { ComparisonService } from '../files/comparison-service.ts';
import type { FilesService } from '../files/files-service.ts';
import type { TransferService } from '../files/transfer-service.ts';
import type { LinkDownloads } from '../links/link-downloads.ts';
import type { LinkLock } from '../links/link-lock.ts';
import type { LinkGate } from '../links/link-gate.ts';
import type { LinksService } from '../links/links-service.ts';
import type { LinkUses } from '../links/link-uses.ts';
import type { UploadsService } from '../uploads/uploads-service.ts';

/** What the HTTP door needs of the floors below it. */
export type HttpDependencies = {
  config: Config;
  clock: Clock;
  log: Logger;
  access: AccessControl;
  users: UsersService;
  sessions: SessionsService;
  setup: SetupService;
  tokens: TokensService;
  grants: GrantsService;
  groups: GroupsService;
  files: FilesService;
  transfers: TransferService;
  checksums: ChecksumService;
  comparisons: ComparisonService;
  archives: ArchiveService;
  links: LinksService;
  linkGate: LinkGate;
  linkUses: LinkUses;
  linkLock: LinkLock;
  linkDownloads: LinkDownloads;
  uploads: UploadsService;
  /** Throws when the database does not answer. */
  ping: () => Promise<void>;
};
