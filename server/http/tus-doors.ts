import type { z } from 'zod';
import { AppError } from '../contract/app-error.ts';
import { encodePath } from '../contract/path.ts';
import { dropIdSchema, onConflictSchema, sha256Schema, uploadChecksumSchema } from '../contract/schemas.ts';
import { parseUri } from '../contract/uri.ts';
import type { DropActor, UserActor } from '../access/actor.ts';
import type { Received } from '../links/drops-service.ts';
import type { HttpDependencies } from './http-dependencies.ts';
import { formatReprDigest } from './digest-fields.ts';
import { requireText, type TusDoor } from './tus-store.ts';

/** Uploads of a user: metadata `uri`, `onConflict`, `modifiedAt` and more, as the table of routes says. */
export function userDoor({ uploads, config }: HttpDependencies, user: UserActor): TusDoor {
  return {
    actor: user,
    path: '/api/v1/uploads',
    begin: ({ metadata, header, ...wish }) =>
      uploads.create(user, {
        ...wish,
        path: parseUri(requireText(metadata, 'uri'), { cluster: config.cluster, home: user.name }),
        onConflict: parseOnConflict(metadata.onConflict),
        ifMatch: metadata.ifMatch || undefined,
        sha256: parseWord(sha256Schema, metadata.sha256),
        checksum: parseWord(uploadChecksumSchema, metadata.checksum),
        drop: parseWord(dropIdSchema, metadata.drop),
        metadata: header,
      }),
    async finish(id) {
      const { path, etag, sha256 } = await uploads.finish(user, id);
      return {
        'Content-Location': `/api/v1/content/${encodePath(path)}`,
        ...(etag !== undefined && { ETag: `"${etag}"` }),
        ...(sha256 !== undefined && { 'Repr-Digest': formatReprDigest(sha256) }),
      };
    },
  };
}

/** Uploads by a link for dropping: metadata `path`, `sender`, `modifiedAt`. */
export function dropDoor(
  { uploads, drops }: HttpDependencies,
  actor: DropActor,
  { token, onReceived }: { token: string; onReceived: (received: Received) => void },
): TusDoor {
  return {
    actor,
    path: `/s/${token}/uploads`,
    async begin({ metadata, header, ...wish }) {
      const path = requireText(metadata, 'path');
      const drop = await drops.begin(actor, { path, size: wish.size, sender: metadata.sender ?? null });
      try {
        return await uploads.create(actor, {
          ...wish,
          id: drop.id,
          path: drop.target,
          onConflict: 'rename',
          sha256: parseWord(sha256Schema, metadata.sha256),
          checksum: parseWord(uploadChecksumSchema, metadata.checksum),
          metadata: header,
        });
      } catch (error) {
        await drops.release(drop.id);
        throw error;
      }
    },
    async finish(id) {
      const received = await drops.finish(actor, id, (await uploads.finish(actor, id)).path);
      onReceived(received);
      return { 'Drey-Stored-Path': encodePath(received.storedPath) };
    },
  };
}

function parseWord<Word extends string>(
  schema: z.ZodType<Word>,
  word: string | null | undefined,
): Word | undefined {
  if (word == null || word === '') return undefined;
  const parsed = schema.safeParse(word);
  if (!parsed.success) throw new AppError('invalid', parsed.error.issues[0]?.message ?? 'That is not valid.');
  return parsed.data;
}

function parseOnConflict(word: string | null | undefined) {
  const parsed = onConflictSchema.safeParse(word ?? 'fail');
  if (!parsed.success) throw new AppError('invalid', 'onConflict is one of fail, rename, replace.');
  return parsed.data;
}
