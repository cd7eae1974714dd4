/** What a span tells of: counts, names from a fixed set, ids. Never what was said, and no secret. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Who asks (SERVER), is asked (CLIENT), or takes up what was left for later (CONSUMER); the rest is INTERNAL. */
export type SpanKind = 'SERVER' | 'CLIENT' | 'CONSUMER' | 'INTERNAL';

export type Span = {
  set(attributes: Attributes): void;
  /** Marks it as failed although nothing was thrown. */
  fail(type: string): void;
};

export type SpanOptions = {
  kind?: SpanKind;
  attributes?: Attributes;
  /** A `traceparent` of elsewhere that it goes on with; what is not one is passed over. */
  parent?: string | null;
};

/** Traces: what happens within what, and for how long. */
export type Tracing = {
  /** Runs `run` as a span within the one that runs now; it ends when `run` does, or what that promises. */
  inSpan<T>(name: string, options: SpanOptions, run: (span: Span) => T): T;
  /** The span that runs now, for whoever goes on elsewhere (W3C Trace Context); null where there is none. */
  traceparent(): string | null;
  /** Sends what there is. */
  close(): Promise<void>;
};

const silent: Span = { set: () => {}, fail: () => {} };

/** Where nobody wants to know. */
export const noTracing: Tracing = {
  inSpan: (_name, _options, run) => run(silent),
  traceparent: () => null,
  close: async () => {},
};

/** A failure's kind: what its message says may be somebody's. */
export function errorType(err: unknown): string {
  if (!(err instanceof Error)) return 'Error';
  return 'code' in err && typeof err.code === 'string' ? err.code : err.name;
}
