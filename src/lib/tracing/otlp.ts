import { setTimeout as wait } from 'node:timers/promises';
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { errorType, type Span, type Tracing } from './tracing.ts';

export type OtlpOptions = {
  /** Of a collector that speaks OTLP over HTTP; `/v1/traces` is added. */
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  service: { name: string; version: string };
  /** Of traces that begin here, from 0 to 1; what others began is told as they decided. */
  ratio: number;
};

/** Sent together, this often. */
const intervalMs = 2_000;
const sendTimeoutMs = 10_000;
/** A process that ends waits no longer for a collector that is away. */
const closeTimeoutMs = 2_000;
/** What is over that while nobody takes them is let go. */
const maxWaiting = 8_192;

/** Tells spans to a collector. Nothing waits for it, and what it does not take is lost. */
export function startOtlp(options: OtlpOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint}/v1/traces`,
    headers: { ...options.headers },
    timeoutMillis: sendTimeoutMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.service.name,
      'service.version': options.service.version,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.ratio) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: maxWaiting,
        scheduledDelayMillis: intervalMs,
        exportTimeoutMillis: sendTimeoutMs,
      }),
    ],
  });
  const tracer = provider.getTracer('convograph', options.service.version);
  // Its own, so that another gateway in the process has another; the packages' global one stays as it is.
  const contexts = new AsyncLocalStorageContextManager().enable();

  return {
    inSpan: (name, { kind = 'INTERNAL', attributes = {}, parent }, run) => {
      const within = parent == null ? contexts.active() : (contextOf(parent) ?? ROOT_CONTEXT);
      const span = tracer.startSpan(name, { kind: SpanKind[kind], attributes: { ...attributes } }, within);
      const fail = (type: string) => {
        span.setAttribute('error.type', type);
        span.setStatus({ code: SpanStatusCode.ERROR });
      };
      const own: Span = { set: (each) => span.setAttributes({ ...each }), fail };
      return contexts.with(trace.setSpan(within, span), () => {
        let isLate = false;
        try {
          const result = run(own);
          if (!(result instanceof Promise)) return result;
          isLate = true;
          return result.then(
            (value) => {
              span.end();
              return value;
            },
            (err) => {
              fail(errorType(err));
              span.end();
              throw err;
            },
          ) as typeof result;
        } catch (err) {
          fail(errorType(err));
          throw err;
        } finally {
          if (!isLate) span.end();
        }
      });
    },
    traceparent: () => {
      const running = trace.getSpanContext(contexts.active());
      if (running === undefined) return null;
      return `00-${running.traceId}-${running.spanId}-0${running.traceFlags & TraceFlags.SAMPLED}`;
    },
    close: async () => {
      const sent = provider.shutdown().catch(() => {});
      await Promise.race([sent, wait(closeTimeoutMs, undefined, { ref: false })]);
      contexts.disable();
    },
  };
}

function contextOf(traceparent: string): Context | null {
  const [, traceId = '', spanId = '', flags = ''] =
    /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent) ?? [];
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return trace.isSpanContextValid(spanContext) ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : null;
}
