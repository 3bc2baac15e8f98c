import type { OpenLink } from '../links/link-gate.ts';
import type { HttpDependencies } from './http-dependencies.ts';
import { LiveContent } from './live-content.ts';
import { PinnedContent } from './pinned-content.ts';
import type { SharedContent } from './shared-content.ts';

/** What lies on the disk, or, of a pinned link, what its manifest says. */
export function contentOf(services: HttpDependencies, link: OpenLink): SharedContent {
  return link.pinId === null
    ? new LiveContent(services, link.actor)
    : new PinnedContent(services.pinnedFiles, { ...link, pinId: link.pinId });
}
