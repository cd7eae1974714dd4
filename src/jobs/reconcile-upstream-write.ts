import type { App } from '../domain/app.ts';
import type { UpstreamParts } from '../upstreams/mirror-one.ts';
import { reconcileAgain } from '../upstreams/reconcile.ts';
import type { JobHandler } from './queue.ts';

/** Finds out what became of a write of unknown outcome, or of one whose sender is dead. */
export function createReconcileUpstreamWriteHandler(
  app: App,
  parts: UpstreamParts,
): JobHandler<'reconcile-upstream-write'> {
  return (write, signal) => reconcileAgain(app, parts, write, signal);
}
