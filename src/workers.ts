import { type Config, generatorOf } from './config.ts';
import type { App } from './domain/app.ts';
import { systemCaller } from './domain/caller.ts';
import { createCleanUpHandler } from './jobs/clean-up.ts';
import { createDeliverWebhookHandler } from './jobs/deliver-webhook.ts';
import { createDisconnectUpstreamHandler } from './jobs/disconnect-upstream.ts';
import { createDispatchWebhooksHandler } from './jobs/dispatch-webhooks.ts';
import type { JobHandlers } from './jobs/queue.ts';
import { createRunExportHandler } from './jobs/run-export.ts';
import { createRunImportHandler } from './jobs/run-import.ts';
import { createSummarizeHandler } from './jobs/summarize.ts';
import { createSweepFilesHandler } from './jobs/sweep-files.ts';
import type { Egress } from './lib/egress/egress.ts';
import { removeFiles } from './storage/file-storage.ts';
import type { Summarizer } from './summarizers/summarizer.ts';
import { handleWebhook } from './upstreams/conversation/inbound-webhook.ts';
import { watchSummary } from './upstreams/conversation/watch-summary.ts';
import { type MirrorParts, syncMirror } from './upstreams/sync/mirror.ts';
import { reconcileAgain } from './upstreams/write-through/reconcile.ts';

/** What a process that works jobs off does for each of them. */
export function createJobHandlers(
  app: App,
  config: Config,
  { egress, parts, uploadFolder }: { egress: Egress; parts: MirrorParts; uploadFolder: string },
): JobHandlers {
  return {
    summarize: createSummarizeHandler(app, timed(lazySummarizer(config), app)),
    'sync-upstream': ({ tenantId, upstreamId }, signal) =>
      syncMirror(systemCaller(app, tenantId), upstreamId, parts, signal),
    'disconnect-upstream': createDisconnectUpstreamHandler(app),
    'handle-inbound-webhook': (event, signal) => handleWebhook(app, parts, event, signal),
    'reconcile-upstream-write': (write, signal) => reconcileAgain(app, parts, write, signal),
    'watch-upstream-summary': (watched, signal) => watchSummary(app, parts, watched, signal),
    'dispatch-webhooks': createDispatchWebhooksHandler(app),
    'deliver-webhook': createDeliverWebhookHandler(app, egress),
    'run-export': createRunExportHandler(app),
    'run-import': createRunImportHandler(app, uploadFolder),
    'delete-files': ({ keys }, signal) => removeFiles(app.storage, keys, signal),
    'sweep-files': createSweepFilesHandler(app),
    'clean-up': createCleanUpHandler(app),
  };
}

/** Its calls counted, those that fail among them; one that was given up is neither. */
function timed(summarizer: Summarizer, { figures }: App): Summarizer {
  return {
    ...summarizer,
    summarize: async (input, signal) => {
      const startedAt = performance.now();
      const tell = (outcome: 'made' | 'failed') =>
        figures.summaryEnded(outcome, (performance.now() - startedAt) / 1_000);
      try {
        const draft = await summarizer.summarize(input, signal);
        tell('made');
        return draft;
      } catch (err) {
        if (!signal.aborted) tell('failed');
        throw err;
      }
    },
  };
}

/** Loaded with the first summary: the extractive one brings a language model of some size. */
function lazySummarizer(config: Config): Summarizer {
  let loaded: Promise<Summarizer> | null = null;
  return {
    generator: generatorOf(config),
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
    const { createOpenAiSummarizer } = await import('./summarizers/openai/openai.ts');
    return createOpenAiSummarizer(summarizer);
  }
  const { createExtractiveSummarizer } = await import('./summarizers/extractive/extractive.ts');
  return createExtractiveSummarizer();
}
