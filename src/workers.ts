import type { Config } from './config.ts';
import type { App } from './domain/app.ts';
import { createCleanUpHandler } from './jobs/clean-up.ts';
import { createDeleteFilesHandler } from './jobs/delete-files.ts';
import { createDeliverWebhookHandler } from './jobs/deliver-webhook.ts';
import { createDisconnectUpstreamHandler } from './jobs/disconnect-upstream.ts';
import { createDispatchWebhooksHandler } from './jobs/dispatch-webhooks.ts';
import { createInboundWebhookHandler } from './jobs/handle-inbound-webhook.ts';
import type { JobHandlers } from './jobs/queue.ts';
import { createReconcileUpstreamWriteHandler } from './jobs/reconcile-upstream-write.ts';
import { createRunExportHandler } from './jobs/run-export.ts';
import { createSummarizeHandler } from './jobs/summarize.ts';
import { createSweepFilesHandler } from './jobs/sweep-files.ts';
import { createSyncUpstreamHandler } from './jobs/sync-upstream.ts';
import { createWatchUpstreamSummaryHandler } from './jobs/watch-upstream-summary.ts';
import type { Egress } from './lib/egress.ts';
import type { Summarizer } from './summarizers/summarizer.ts';
import type { MirrorParts } from './upstreams/mirror.ts';

/** What a process that works jobs off does for each of them. */
export function createJobHandlers(app: App, config: Config, egress: Egress, parts: MirrorParts): JobHandlers {
  return {
    summarize: createSummarizeHandler(app, lazySummarizer(config)),
    'sync-upstream': createSyncUpstreamHandler(app, parts),
    'disconnect-upstream': createDisconnectUpstreamHandler(app),
    'handle-inbound-webhook': createInboundWebhookHandler(app, parts),
    'reconcile-upstream-write': createReconcileUpstreamWriteHandler(app, parts),
    'watch-upstream-summary': createWatchUpstreamSummaryHandler(app, parts),
    'dispatch-webhooks': createDispatchWebhooksHandler(app),
    'deliver-webhook': createDeliverWebhookHandler(app, egress),
    'run-export': createRunExportHandler(app),
    'delete-files': createDeleteFilesHandler(app),
    'sweep-files': createSweepFilesHandler(app),
    'clean-up': createCleanUpHandler(app),
  };
}

/** Loaded with the first summary: the extractive one brings a language model of some size. */
function lazySummarizer(config: Config): Summarizer {
  let loaded: Promise<Summarizer> | null = null;
  return {
    generator: config.summarizer.kind === 'openai' ? config.summarizer.model : 'extractive',
    summarize: async (input, signal) => {
      loaded ??= loadSummarizer(config).catch((err: unknown) => {
        loaded = null;
        throw err;
      });
      return (await loaded).summarize(input, signal);
    },
  };
}

async function loadSummarizer({ summarizer }: Config): Promise<Summarizer> {
  if (summarizer.kind === 'openai') {
    const { createOpenAiSummarizer } = await import('./summarizers/openai.ts');
    return createOpenAiSummarizer(summarizer);
  }
  const { createExtractiveSummarizer } = await import('./summarizers/extractive.ts');
  return createExtractiveSummarizer();
}
