import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/**
 * How often it is looked for connections whose peer acknowledges nothing, and how long one may go on so. With a
 * heartbeat's 12 s that is well within 90 s.
 */
export type PeerPatience = { lookEveryMs: number; patienceMs: number };
const usualPatience: PeerPatience = { lookEveryMs: 10_000, patienceMs: 40_000 };

/**
 * Destroys a connection whose peer has vanished without a word while something was on its way to it. The system alone
 * goes on trying for a quarter of an hour then, and its keep-alive probes nobody who owes it an answer; Linux tells who
 * does in `/proc/net/tcp`. Elsewhere nothing is known, and nobody is cut off.
 * @returns what stops it
 */
export function watchPeer(socket: Socket, patience = usualPatience): () => void {
  const watch = { socket, patience, silentSince: 0 };
  watches.add(watch);
  look(patience.lookEveryMs);
  return () => watches.delete(watch);
}

type Watch = { socket: Socket; patience: PeerPatience; silentSince: number };

const watches = new Set<Watch>();
let timer: NodeJS.Timeout | null = null;

function look(afterMs: number): void {
  if (timer !== null) return;
  timer = setTimeout(async () => {
    const silent = await readSilent();
    const now = Date.now();
    for (const watch of watches) {
      const { socket, patience } = watch;
      if (!silent.has(connectionOf(socket))) watch.silentSince = 0;
      else if (watch.silentSince === 0) watch.silentSince = now;
      else if (now - watch.silentSince >= patience.patienceMs) socket.destroy();
    }
    timer = null;
    if (watches.size > 0) look(afterMs);
  }, afterMs).unref();
}

async function readSilent(): Promise<ReadonlySet<string>> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'latin1').catch(() => '')),
  );
  return new Set(tables.flatMap(silentConnections));
}

function connectionOf({ localPort, remoteAddress = '', remotePort }: Socket): string {
  return `${localPort} ${remoteAddress.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*/, '')} ${remotePort}`;
}

/** Addresses, `01` for established, queues, timer, and how often what is unacknowledged was sent again. */
const line = / [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) 01 \S+ \S+ (?!0{8})[0-9A-F]{8} /g;

/** The established connections of one of Linux' tables to whose peers something had to be sent again, as yet in vain. */
export function silentConnections(table: string): string[] {
  return [...table.matchAll(line)].map(([, localPort = '', address = '', remotePort = '']) => {
    return `${Number.parseInt(localPort, 16)} ${addressOf(address)} ${Number.parseInt(remotePort, 16)}`;
  });
}

/** Words of 32 bits, each in the order of this machine's bytes. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex').swap32();
  const isMapped = bytes.length === 16 && bytes.subarray(0, 12).toString('hex') === '00000000000000000000ffff';
  if (bytes.length === 4 || isMapped) return [...bytes.subarray(-4)].join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  // As the system writes it: the longest run of zeros left out.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
