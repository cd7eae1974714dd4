import type { App } from '../domain/app.ts';
import { systemCaller } from '../domain/caller.ts';
import { type MirrorParts, syncMirror } from '../upstreams/mirror.ts';
import type { JobHandler } from './queue.ts';

/** Syncs an upstream once. Run twice, the second time finds nothing to do. */
export function createSyncUpstreamHandler(app: App, parts: MirrorParts): JobHandler<'sync-upstream'> {
  return ({ tenantId, upstreamId }, signal) => syncMirror(systemCaller(app, tenantId), upstreamId, parts, signal);
}
