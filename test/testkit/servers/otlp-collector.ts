import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type CollectedSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: { key: string; value: Record<string, unknown> }[];
  status: { code?: number };
};

export type OtlpCollector = AsyncDisposable & {
  readonly url: string;
  readonly spans: CollectedSpan[];
  /** Everything that came, as it came, with its headers. */
  readonly received: string[];
  /** From now on, nothing is taken. */
  refuse(): void;
};

/** Takes traces by OTLP over HTTP, in JSON, as a collector does. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: CollectedSpan[] = [];
  const received: string[] = [];
  let isRefusing = false;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (isRefusing || request.url !== '/v1/traces' || request.method !== 'POST') {
      response.writeHead(isRefusing ? 503 : 404).end();
      return;
    }
    received.push(`${JSON.stringify(request.headers)}\n${body}`);
    type Export = { resourceSpans: { scopeSpans: { spans: CollectedSpan[] }[] }[] };
    for (const { scopeSpans } of (JSON.parse(body) as Export).resourceSpans)
      for (const scope of scopeSpans) spans.push(...scope.spans);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    received,
    refuse: () => {
      isRefusing = true;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
