import { existsSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { type Config, ConfigError, parseConfig } from './config.ts';
import { FolderInUseError } from './database/folder-lock.ts';
import { KeyTakenError } from './domain/tenants/tenants.ts';
import { createGateway, type Gateway } from './gateway.ts';

const isTerminal = process.stdout.isTTY === true;

function readConfig(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return parseConfig(process.env);
}

async function createLogger(config: Config): Promise<Logger> {
  if (!isTerminal) return pino({ level: config.logLevel });
  const { default: pretty } = await import('pino-pretty');
  return pino({ level: config.logLevel }, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }));
}

/** What an operator is to see whatever the log level: a line for people on a terminal, a JSON line elsewhere. */
function tell(message: string, facts: Record<string, string>): void {
  const line = isTerminal ? message : JSON.stringify({ level: 30, time: Date.now(), ...facts, msg: message });
  process.stdout.write(`${line}\n`);
}

/** Ends the process with a message for whoever started it. */
function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Failures that the operator can mend, without a stack. */
function explain(err: unknown): string {
  if (err instanceof ConfigError || err instanceof FolderInUseError || err instanceof KeyTakenError) return err.message;
  const code = err instanceof Error && 'code' in err ? String(err.code) : '';
  const message = (err instanceof Error ? err.message : String(err)) || code;
  if (code === 'EADDRINUSE') return `${message}: set PORT to a free one, or to 0 for any`;
  return `convograph could not start: ${message}`;
}

function closeOnSignal(gateway: Gateway, log: Logger): void {
  let isClosing = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isClosing) process.exit(signal === 'SIGINT' ? 130 : 143);
    isClosing = true;
    log.info({ signal }, 'closing: what is under way may end; a second signal ends it at once');
    gateway.close().then(
      () => process.exit(0),
      (err) => fail(explain(err)),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function main(): Promise<void> {
  const config = readConfig();
  const log = await createLogger(config);
  const gateway = await createGateway(config, { log });
  closeOnSignal(gateway, log);
  if (gateway.newApiKey !== null) {
    const apiKey = gateway.newApiKey;
    tell(`API key of tenant "${gateway.tenant.slug}", shown this once: ${apiKey}`, {
      tenant: gateway.tenant.slug,
      apiKey,
    });
  }
  try {
    const { url } = await gateway.listen();
    tell(`convograph is ready at ${url}`, { url });
  } catch (err) {
    await gateway.close();
    throw err;
  }
}

main().catch((err) => fail(explain(err)));
