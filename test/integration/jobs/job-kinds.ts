import type { JobName } from '../../../src/domain/jobs.ts';
import { disconnections, syncs } from './kinds/accounts.ts';
import { cleanUps, sweeps } from './kinds/clock.ts';
import { deliveries } from './kinds/deliveries.ts';
import type { JobKind } from './kinds/kind.ts';
import { inboundWebhooks, watchedSummaries } from './kinds/mirror.ts';
import { exports, fileDeletions, imports, summaries } from './kinds/own.ts';
import { reconciledWrites } from './kinds/writes.ts';

/** By what each job is shown: one that is new has to be. */
const shownBy: Record<JobName, readonly [name: string, kind: JobKind]> = {
  summarize: ['summaries', summaries],
  'run-export': ['exports', exports],
  'dispatch-webhooks': ['webhook deliveries', deliveries],
  'deliver-webhook': ['webhook deliveries', deliveries],
  'sync-upstream': ['syncs', syncs],
  'disconnect-upstream': ['disconnections', disconnections],
  'handle-inbound-webhook': ['inbound webhooks', inboundWebhooks],
  'reconcile-upstream-write': ['reconciled writes', reconciledWrites],
  'watch-upstream-summary': ['watched summaries', watchedSummaries],
  'run-import': ['imports', imports],
  'delete-files': ['file deletions', fileDeletions],
  'sweep-files': ['sweeps', sweeps],
  'clean-up': ['clean-ups', cleanUps],
};

export const jobKinds: [name: string, kind: JobKind][] = [...new Map(Object.values(shownBy))];
