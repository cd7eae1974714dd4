import type { App } from '../domain/app.ts';
import type { UpstreamParts } from '../upstreams/mirror-one.ts';
import { watchSummary } from '../upstreams/watch-summary.ts';
import type { JobHandler } from './queue.ts';

/** Looks whether a summary that is made upstream is there. */
export function createWatchUpstreamSummaryHandler(
  app: App,
  parts: UpstreamParts,
): JobHandler<'watch-upstream-summary'> {
  return (watched, signal) => watchSummary(app, parts, watched, signal);
}
