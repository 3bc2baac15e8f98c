import type { AuditEvent, Rows } from '$contract/schemas.ts';
import { api, apiUrl } from './client.ts';

export type AuditFilter = {
  /** Who did it, or to whom it was done. */
  user?: string;
  /** A word, or its beginning before the dot: `grant`. */
  action?: string;
  /** An entry and all below it. */
  uri?: string;
  /** ISO 8601. */
  from?: string;
  to?: string;
};

/** What was done, newest first. */
export const listAudit = (
  filter: AuditFilter,
  page: { limit: number; cursor?: string },
  signal?: AbortSignal,
) => api.get<Rows<AuditEvent>>('/audit', { query: { ...filter, ...page }, signal });

/** Where the same is as JSON lines, oldest first. */
export const auditExportUrl = (filter: AuditFilter) => apiUrl('/audit/export', filter);
