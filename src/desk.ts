import type { Logger } from 'pino';
import type { Desk } from './admin/command.ts';
import type { Config } from './config.ts';
import { createServices, type Services } from './services.ts';

/** What admin commands work on, from what a process stands on. */
export function deskOf({ app, queue, redis, renewSecret }: Services, config: Config): Desk {
  return { app, queue, redis, renewSecret, dataDir: config.dataDir };
}

/** Opens what commands need, without serving or working anything. @throws FolderInUseError */
export async function openDesk(config: Config, log: Logger): Promise<{ desk: Desk; close(): Promise<void> }> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    const services = await createServices({ ...config, role: 'web' }, { log }, closers);
    return { desk: deskOf(services, config), close };
  } catch (err) {
    await close();
    throw err;
  }
}
