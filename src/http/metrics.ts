import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Figures that are asked for when they are shown. */
export type MetricSources = {
  /** Jobs waiting and running, by name. */
  jobs(): Promise<{ name: string; waiting: number; active: number }[]>;
};

export type Metrics = {
  countRequest(route: string, method: string, status: number, seconds: number): void;
  countOperation(type: string, name: string | undefined, outcome: 'ok' | 'error'): void;
  /** @returns what to call when the subscription ends */
  openSubscription(transport: 'ws' | 'sse'): () => void;
  setSockets(count: number): void;
  /** For figures of other parts. */
  readonly registry: Registry;
  /** In Prometheus' text format. */
  render(sources: MetricSources): Promise<{ contentType: string; body: string }>;
};

/** Clients choose the names of operations: past so many they are counted as one. */
const maxOperationNames = 200;

export function createMetrics(): Metrics {
  const registry = new Registry();
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
  const jobs = new Gauge({
    name: 'convograph_jobs',
    help: 'Jobs in the queue',
    labelNames: ['job', 'state'],
    registers,
  });
  const names = new Set<string>();
  let hasProcessFigures = false;

  const bounded = (name: string | undefined) => {
    if (name === undefined) return 'anonymous';
    if (names.has(name)) return name;
    if (names.size >= maxOperationNames || name.length > 64) return 'other';
    names.add(name);
    return name;
  };

  return {
    countRequest: (route, method, status, seconds) => {
      requests.inc({ route, method, status });
      durations.observe({ route }, seconds);
    },
    countOperation: (type, name, outcome) => operations.inc({ type, name: bounded(name), outcome }),
    openSubscription: (transport) => {
      subscriptions.inc({ transport });
      let isOpen = true;
      return () => {
        if (isOpen) subscriptions.dec({ transport });
        isOpen = false;
      };
    },
    setSockets: (count) => sockets.set(count),
    registry,
    render: async (sources) => {
      // At the first look only: its observers cost every process that nobody asks.
      if (!hasProcessFigures) collectDefaultMetrics({ register: registry });
      hasProcessFigures = true;
      const counts = await sources.jobs().catch(() => []);
      for (const { name, waiting, active } of counts) {
        jobs.set({ job: name, state: 'waiting' }, waiting);
        jobs.set({ job: name, state: 'active' }, active);
      }
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
