import type { Explanation, Group, Teammate } from '../../contract/schemas.ts';
import { formatUri } from '../../contract/uri.ts';
import { explainLesserGrant, type NamedExplanation } from '../../accounts/grants-service.ts';
import type { Group as StoredGroup } from '../../accounts/groups-service.ts';
import { presentGrant } from '../presenters.ts';
import type { Handlers } from '../route-router.ts';
import { pathOfUri } from './entry-handlers.ts';

const maxTeammates = 20;

function presentGroup({ name, members, createdAt }: StoredGroup): Group {
  return { name, members, createdAt: new Date(createdAt).toISOString() };
}

function presentExplanation(cluster: string, { level, cause }: NamedExplanation): Explanation {
  if (cause?.kind !== 'grant') return { level: level ?? null, cause: cause ?? null };
  return {
    level: level ?? null,
    cause: { kind: 'grant', uri: formatUri(cluster, cause.path), grantee: cause.grantee, level: cause.level },
  };
}

/** Teammates: who they are, and what they were granted. */
export const grantHandlers = {
  async listGrants({ services, user, query }) {
    const grants = await services.grants.list(
      user,
      query.uri === undefined ? query.direction : { path: pathOfUri(services, user, query.uri) },
    );
    return {
      body: { items: grants.map((grant) => presentGrant(services.config.cluster, grant)), next: null },
    };
  },

  async createGrant({ services, user, body }) {
    const path = pathOfUri(services, user, body.uri);
    const { grant, effectiveLevel } = await services.grants.create(user, path, body.grantee, body.level);
    services.log.info({ user: user.name, path, grantee: body.grantee, level: body.level }, 'granted');
    const warning = explainLesserGrant(body.level, effectiveLevel);
    return {
      body: { ...presentGrant(services.config.cluster, grant), effectiveLevel, ...(warning && { warning }) },
    };
  },

  async deleteGrant({ services, user, query }) {
    const path = pathOfUri(services, user, query.uri);
    await services.grants.remove(user, path, query.grantee);
    services.log.info({ user: user.name, path, grantee: query.grantee }, 'a grant was taken back');
    return undefined;
  },

  async explainGrant({ services, user, query }) {
    const explanation = await services.grants.explain(user, pathOfUri(services, user, query.uri), query.user);
    return { body: presentExplanation(services.config.cluster, explanation) };
  },

  async listTeammates({ services, query }) {
    const [users, groups] = await Promise.all([services.users.list(), services.groups.list()]);
    const all: Teammate[] = [
      ...users
        .filter((user) => !user.is_disabled)
        .map(({ name }) => ({ grantee: `user:${name}`, name, kind: 'user' as const })),
      ...groups.map(({ name }) => ({ grantee: `group:${name}`, name, kind: 'group' as const })),
    ];
    const items = all
      .filter(({ name }) => name.startsWith(query.prefix.toLowerCase()))
      .slice(0, maxTeammates);
    return { body: { items, next: null } };
  },

  async listGroups({ services }) {
    return { body: { items: (await services.groups.list()).map(presentGroup), next: null } };
  },

  async createGroup({ services, user, body }) {
    return { body: presentGroup(await services.groups.create(user, body.name)) };
  },

  async deleteGroup({ services, user, params }) {
    await services.groups.remove(user, params.name as string);
    return undefined;
  },

  async addGroupMember({ services, user, params }) {
    await services.groups.addMember(user, params.name as string, params.user as string);
    return undefined;
  },

  async removeGroupMember({ services, user, params }) {
    await services.groups.removeMember(user, params.name as string, params.user as string);
    return undefined;
  },
} satisfies Partial<Handlers>;
