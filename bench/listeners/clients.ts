import { WebSocket } from 'ws';

/** What a process of clients is told: to open some, or to say when each of them has had so many events more. */
export type Order =
  | { do: 'open'; url: string; count: number; init: unknown; query: string }
  | { do: 'expect'; events: number };
/** `atMs` is on the machine's monotonic clock, the same in every process. */
export type Report = { done: 'open' | 'counting' | 'received'; atMs: number; sample: string };

/** Handshakes under way at once. */
const openingAtOnce = 250;

let received: Uint32Array = new Uint32Array();
let goal = Number.POSITIVE_INFINITY;
let missing = 0;
let sample = '';

export const nowMs = () => Number(process.hrtime.bigint() / 1_000n) / 1_000;
const report = (done: Report['done']) => process.send?.({ done, atMs: nowMs(), sample } satisfies Report);

function open({ url, count, init, query }: Extract<Order, { do: 'open' }>): Promise<void> {
  const first = received.length;
  const counts = new Uint32Array(first + count);
  counts.set(received);
  received = counts;
  const subscribe = JSON.stringify({ type: 'subscribe', id: '1', payload: { query } });
  const hello = JSON.stringify({ type: 'connection_init', payload: init });
  let next = first;
  let pending = count;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const openOne = () => {
    if (next === first + count) return;
    const index = next++;
    const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
    socket.on('error', reject);
    socket.on('open', () => socket.send(hello));
    socket.on('close', (code) => reject(new Error(`a socket was closed: ${code}`)));
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1');
      if (text.includes('"type":"next"')) {
        sample = text;
        received[index] = (received[index] ?? 0) + 1;
        if (received[index] === goal && --missing === 0) report('received');
      } else if (text.includes('connection_ack')) {
        socket.send(subscribe);
        openOne();
        if (--pending === 0) resolve();
      } else reject(new Error(text));
    });
  };
  if (pending === 0) resolve();
  for (let index = 0; index < openingAtOnce; index++) openOne();
  return promise;
}

process.on('message', (order: Order) => {
  if (order.do === 'expect') {
    received.fill(0);
    missing = received.length;
    goal = order.events;
    report('counting');
    if (missing === 0) report('received');
    return;
  }
  open(order).then(
    () => report('open'),
    (err) => {
      console.error(err);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
