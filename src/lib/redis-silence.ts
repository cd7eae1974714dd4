import type { Redis } from 'ioredis';
import { inTime } from './time/in-time.ts';

const pingIntervalMs = 5_000;
const answerTimeoutMs = 2_000;

/**
 * Asks a connection every few seconds whether it still answers, and connects it anew where it does not: a network that
 * swallows everything breaks none. `isSilent`: from then until it is connected again.
 */
export function watchSilence(redis: Redis): { isSilent(): boolean; stop(): void } {
  let isSilent = false;
  redis.on('ready', () => {
    isSilent = false;
  });
  const look = async () => {
    if (redis.status !== 'ready') return;
    try {
      await inTime(redis.ping(), answerTimeoutMs);
    } catch (err) {
      // A refusal is an answer: some users may not ask.
      if (err instanceof Error && err.name === 'ReplyError') return;
      isSilent = true;
      redis.disconnect(true);
    }
  };
  const timer = setInterval(look, pingIntervalMs);
  return { isSilent: () => isSilent, stop: () => clearInterval(timer) };
}
