import type { Request } from 'express';
import { AppError } from '../../contract/app-error.ts';
import { maxSentShown } from '../../contract/limits.ts';
import { encodePath } from '../../contract/path.ts';
import type { DropPage, DropResult } from '../../contract/schemas.ts';
import type { DropActor } from '../../access/actor.ts';
import { dropActorOf, type Received } from '../../links/drops-service.ts';
import type { OpenLink } from '../../links/link-gate.ts';
import { leastBytesOf, receiveBulk, type BulkOutcome } from '../bulk-receiver.ts';
import { toErrorBody } from '../error-responder.ts';
import { senderOf } from '../link-proof.ts';
import { presentSent, presentSharedLink } from '../presenters.ts';
import { abortSignalOf, acceptBody, idempotencyKeyOf, visitorOf, type Context } from '../request-context.ts';
import type { RequestMemory } from '../../uploads/repeated-requests.ts';
import type { Handlers } from '../route-router.ts';
import { dropDoor } from '../tus-doors.ts';
import type { TusEndpoint } from '../tus-endpoint.ts';

type DropRequest = Pick<Context, 'services' | 'request' | 'response' | 'params'> & { link: OpenLink };

function actorOf({ services, request, response, link }: DropRequest): DropActor {
  return dropActorOf(link, senderOf(request, response, services.dropVisitors, link.actor.id));
}

/** Tells the timeline of a file that has come. */
function noteOf({ services, request, link }: DropRequest) {
  return ({ row, storedPath }: Received): void => {
    if (!row) return;
    const dropped = { path: storedPath, bytes: row.size, sender: row.sender };
    services.linkTimeline.dropped(link.actor.id, visitorOf(request), dropped);
  };
}

/** What comes in by a link ends with it. */
function endWithLink({ services, request, response, link }: DropRequest): void {
  response.once(
    'close',
    services.standingLinks.watch(link, () => request.destroy()),
  );
}

function speak(tus: TusEndpoint, context: DropRequest): Promise<undefined> {
  const { services, request, response, params } = context;
  endWithLink(context);
  const door = dropDoor(services, actorOf(context), {
    token: params.token as string,
    onReceived: noteOf(context),
  });
  return tus.handle(request, response, door);
}

/** A page whose scripts do not run posts a form and wants a page again. */
function isForm(request: Request): boolean {
  return (request.headers.accept ?? '').includes('text/html');
}

/** What the page tells of a form that was sent: how many came, how many did not, and why the first of them did not. */
function formQuery(outcomes: readonly BulkOutcome<string>[]): string {
  const refused = outcomes.filter(({ error }) => error);
  const query = new URLSearchParams({ sent: String(outcomes.length - refused.length) });
  const [first] = refused;
  if (first?.error) {
    query.set('refused', String(refused.length));
    query.set('why', first.error.reason ?? first.error.code);
  }
  return query.toString();
}

/** What the holder of a link for dropping may ask: to send files, and what they sent. */
export function dropHandlers(tus: TusEndpoint) {
  return {
    async listSent(context) {
      const { services, link } = context;
      const sent = await services.drops.sentBy(actorOf(context), maxSentShown);
      const body: DropPage = {
        link: presentSharedLink(link, []),
        limits: await services.drops.limitsOf(link.actor.id),
        chunkBytes: services.config.uploadChunkBytes,
        items: sent.map(presentSent),
        next: null,
      };
      return { body };
    },

    async dropFiles(context) {
      const { services, request, response, params, query } = context;
      const { drops } = services;
      // A load that is sent again, because its answer was lost, is stored once.
      const [requestKey] = /^[\w-]{1,64}$/.exec(request.get('idempotency-key') ?? '') ?? [];
      const actor = actorOf(context);
      const signal = abortSignalOf(response);
      const note = noteOf(context);
      endWithLink(context);
      await services.files.requireSpaceForNew(actor.folder, leastBytesOf(request));
      acceptBody(request, response);
      const receive = (memory?: RequestMemory<string>) =>
        receiveBulk(request, response, {
          memory,
          maxBytes: Infinity,
          async store({ index, path, bytes, modifiedAt, expected, fields }) {
            const sender = query.sender ?? (typeof fields.sender === 'string' ? fields.sender : null);
            const key = requestKey && `${requestKey}.${index}`;
            const known = key && (await drops.findSent(actor, key));
            if (known) {
              for await (const chunk of bytes) void chunk;
              return known;
            }
            const drop = await drops.begin(actor, { path, size: expected.size, sender, key });
            const received = await drops.receive(actor, drop, bytes, { modifiedAt, expected, signal });
            note(received);
            return received.storedPath;
          },
        });
      if (!isForm(request)) {
        const key = idempotencyKeyOf(request);
        const body = await services.repeatedRequests.once<string, DropResult>(
          { userId: actor.creatorId, key: key && `${actor.visitor} ${key}`, target: `drop ${actor.id}` },
          async (memory) => {
            const items = (await receive(memory)).map(({ path, stored, error }) => ({
              path,
              ...(stored !== undefined && { storedPath: stored }),
              ...(error && toErrorBody(error)),
            }));
            return { items, next: null };
          },
        );
        return { body };
      }
      const outcomes = await receive().catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'invalid') return [{ path: '', error }];
        throw error;
      });
      response.redirect(303, `/s/${encodePath(params.token as string)}?${formQuery(outcomes)}`);
      return undefined;
    },

    describeDropUploads: ({ request, response }) => tus.handle(request, response, undefined),
    createDropUpload: (context) => speak(tus, context),
    headDropUpload: (context) => speak(tus, context),
    appendDropUpload: (context) => speak(tus, context),
    deleteDropUpload: (context) => speak(tus, context),
  } satisfies Partial<Handlers>;
}
