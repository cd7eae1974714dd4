import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Logger, pino } from 'pino';
import packageFile from '../package.json' with { type: 'json' };
import { type Config, ConfigError, parseConfig } from './config.ts';
import { FolderInUseError } from './database/folder-lock.ts';
import { KeyTakenError } from './domain/tenants/tenants.ts';
import { createGateway, type Gateway } from './gateway.ts';
import { frame } from './lib/frame.ts';
import { startFailureOf } from './start-failure.ts';

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

/**
 * Where it is reached and how to get in, whatever the log level. On a terminal in a frame, with a key that was made at
 * this start; elsewhere as a JSON line, which may be shipped to strangers and so names the key's file alone.
 */
function tellReady(url: string, { tenant, newApiKey, keyFile }: Gateway): void {
  const another = `npm run admin -- key add ${tenant.slug}`;
  if (!isTerminal) {
    const facts = { url, tenant: tenant.slug, ...(keyFile !== null && { apiKeyFile: keyFile }), anotherKey: another };
    const line = { level: 30, time: Date.now(), ...facts, msg: `convograph is ready at ${url}` };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const key = [
    ...(newApiKey === null ? [] : [`API key    ${newApiKey}`]),
    ...(keyFile === null ? [] : [`${newApiKey === null ? 'API key  ' : '         '}  kept in ${shown(keyFile)}`]),
    `Another    ${another}`,
  ];
  const lines = [
    'convograph is ready',
    '',
    `Console    ${url}/`,
    `GraphiQL   ${url}/graphql`,
    `REST       ${url}/docs`,
    '',
    ...key,
  ];
  process.stdout.write(`\n${frame(lines)}\n\n`);
}

/** A path as one would type it here. */
function shown(file: string): string {
  const relative = path.relative('', file);
  return relative.startsWith('..') ? file : relative;
}

/** Ends the process with a message for whoever started it. */
function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Failures that the operator can mend, without a stack. */
function explain(err: unknown): string {
  if (err instanceof ConfigError || err instanceof FolderInUseError || err instanceof KeyTakenError) return err.message;
  const { code, message, advice } = startFailureOf(err);
  if (code === 'EADDRINUSE') return `${message}: set PORT to a free one, or to 0 for any`;
  return `convograph could not start: ${message}${advice === null ? '' : `\n${advice}`}`;
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

const help = `convograph: one typed GraphQL graph over AI-conversation APIs

Usage: npm start [-- --help | --version]

Starts the gateway. It is configured by environment variables, or by a file .env beside it: .env.example lists them all,
docs/configuration.md says more. Tenants, keys and what else an operator does while it runs: npm run admin -- --help
`;

/** What was asked for instead of a start. @returns whether anything was */
function answerFlags(flags: readonly string[]): boolean {
  const [flag, ...others] = flags;
  if (flag === undefined) return false;
  if (others.length === 0 && flag === '--version') process.stdout.write(`${packageFile.version}\n`);
  else if (others.length === 0 && (flag === '--help' || flag === '-h')) process.stdout.write(help);
  else fail(`"${flags.join(' ')}" is not understood: npm start -- --help`);
  return true;
}

async function main(): Promise<void> {
  if (answerFlags(process.argv.slice(2))) return;
  const config = readConfig();
  const log = await createLogger(config);
  const gateway = await createGateway(config, {
    log,
    onDatabaseEnd: (err) => {
      log.fatal({ err }, 'the embedded database has ended by itself');
      fail(
        `The embedded database has ended by itself (${explain(err)}): see whether its disk is full, and start again`,
      );
    },
  });
  closeOnSignal(gateway, log);
  try {
    const { url } = await gateway.listen();
    tellReady(url, gateway);
  } catch (err) {
    await gateway.close();
    throw err;
  }
}

/** Told to whoever started it, and where logs are shipped, to whoever reads those. */
function refuseStart(err: unknown): never {
  const msg = explain(err);
  if (!isTerminal)
    process.stdout.write(`${JSON.stringify({ level: 60, time: Date.now(), event: 'start refused', msg })}\n`);
  fail(msg);
}

main().catch(refuseStart);
