import { readFileSync } from 'node:fs';
import type pg from 'pg';

/** Linux counts in hundredths of a second. */
const tickMs = 10;

/** Fields of /proc/PID/stat from the third on: the second, the name, may hold spaces. */
function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** CPU that a process has used with all its threads, in milliseconds. */
export function cpuMsOf(pid: number): number {
  const stat = statOf(pid);
  return (Number(stat[11]) + Number(stat[12])) * tickMs;
}

/** Memory that a process holds, in MiB. */
export function residentMibOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/**
 * CPU of the database's backends, and of those that have ended (parallel workers), in milliseconds: one server is
 * under load at a time, so what it grows by is that one's.
 */
export async function databaseCpuMs(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  let sum = 0;
  for (const { pid } of rows) {
    try {
      sum += cpuMsOf(pid);
    } catch {
      // It ended in this very moment, and is among those now.
    }
  }
  const [{ pid: own } = { pid: 0 }] = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
  const ended = statOf(Number(statOf(own)[1]));
  return sum + (Number(ended[13]) + Number(ended[14])) * tickMs;
}
