import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import { createBoundedLabels } from '../lib/bounded-labels.ts';

export type Metrics = {
  countRequest(route: string, method: string, status: number, seconds: number): void;
  countOperation(type: string, name: string | undefined, outcome: 'ok' | 'error'): void;
  /** What an operation of the graph costs, whether or not it is run. */
  countCost(cost: number): void;
  /** An answer that may be kept: from memory, or read anew; and how many bytes all that are kept take. */
  countKept(outcome: 'hit' | 'miss', bytes: number): void;
  /** An error that an answer of the graph tells, by its code. */
  countError(code: string): void;
  /** @returns what to call when the subscription ends */
  openSubscription(transport: 'ws' | 'sse'): () => void;
  setSockets(count: number): void;
  setListenerGroups(count: number): void;
  /** In Prometheus' text format. */
  render(): Promise<{ contentType: string; body: string }>;
};

/** Clients choose the names of operations: past so many they are counted as one. */
const maxOperationNames = 200;

/** `refresh` brings those figures up to date that are read when they are asked for. */
export function createMetrics(registry: Registry, refresh: () => Promise<void>): Metrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'convograph_http_requests_total',
    help: 'HTTP requests answered',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'convograph_http_request_duration_seconds',
    help: 'Time to the answer, streams until they start',
    labelNames: ['route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const operations = new Counter({
    name: 'convograph_graphql_operations_total',
    help: 'GraphQL operations run, by type, name and outcome',
    labelNames: ['type', 'name', 'outcome'],
    registers,
  });
  const subscriptions = new Gauge({
    name: 'convograph_subscriptions_open',
    help: 'Subscriptions open now',
    labelNames: ['transport'],
    registers,
  });
  const sockets = new Gauge({ name: 'convograph_sockets_open', help: 'WebSockets open now', registers });
  const groups = new Gauge({
    name: 'convograph_listener_groups',
    help: 'Groups of subscriptions that ask for the same, and share each execution',
    registers,
  });
  const errors = new Counter({
    name: 'convograph_graphql_errors_total',
    help: 'Errors in answers of the graph, by code',
    labelNames: ['code'],
    registers,
  });
  const costs = new Histogram({
    name: 'convograph_graphql_cost',
    help: 'Objects that operations may come to, refused ones among them',
    buckets: [10, 100, 1_000, 10_000, 50_000, 200_000],
    registers,
  });
  const kept = new Counter({
    name: 'convograph_kept_answers_total',
    help: 'Answers that may be kept, by whether they came from memory',
    labelNames: ['outcome'],
    registers,
  });
  const keptBytes = new Gauge({
    name: 'convograph_kept_answers_bytes',
    help: 'Memory that kept answers take',
    registers,
  });
  const operationLabel = createBoundedLabels(maxOperationNames);
  let hasProcessFigures = false;

  return {
    countRequest: (route, method, status, seconds) => {
      requests.inc({ route, method, status });
      durations.observe({ route }, seconds);
    },
    countOperation: (type, name, outcome) =>
      operations.inc({ type, name: name === undefined ? 'anonymous' : operationLabel(name), outcome }),
    countCost: (cost) => costs.observe(cost),
    countKept: (outcome, bytes) => {
      kept.inc({ outcome });
      keptBytes.set(bytes);
    },
    countError: (code) => errors.inc({ code }),
    openSubscription: (transport) => {
      subscriptions.inc({ transport });
      let isOpen = true;
      return () => {
        if (isOpen) subscriptions.dec({ transport });
        isOpen = false;
      };
    },
    setSockets: (count) => sockets.set(count),
    setListenerGroups: (count) => groups.set(count),
    render: async () => {
      // At the first look only: its observers cost every process that nobody asks.
      if (!hasProcessFigures) collectDefaultMetrics({ register: registry });
      hasProcessFigures = true;
      await refresh();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
