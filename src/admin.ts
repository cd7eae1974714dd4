/** `npm run admin -- COMMAND`: what an operator does, beside a running server or without one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import packageFile from '../package.json' with { type: 'json' };
import { askGateway } from './admin/channel.ts';
import { findCommand, helpOf, helpText, type Printed, runCommand } from './admin/commands.ts';
import { type Config, ConfigError, parseConfig } from './config.ts';
import { FolderInUseError } from './database/folder-lock.ts';
import { openDesk } from './desk.ts';
import { startFailureOf } from './start-failure.ts';

async function main(argv: readonly string[]): Promise<Printed> {
  const [first] = argv;
  if (first === undefined || first === '-h' || first === 'help' || argv.includes('--help')) {
    const found = findCommand(argv);
    return { exitCode: 0, output: found === null ? helpText() : helpOf(found.command), errors: '' };
  }
  if (first === '--version') return { exitCode: 0, output: packageFile.version, errors: '' };
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = parseConfig(process.env);
  if (first === 'move') {
    const { moveToPostgres } = await import('./admin/move.ts');
    return moveToPostgres(argv.slice(1), config.dataDir);
  }
  if (findCommand(argv) === null) {
    return { exitCode: 2, output: '', errors: `"${argv.join(' ')}" is not understood: npm run admin -- --help` };
  }
  const words = withWholePaths(argv);
  const answered = config.databaseUrl === null ? await askGateway(config.dataDir, words, tell) : null;
  return answered ?? runHere(config, words);
}

/** A file is named from where one stands; the server that reads it may stand elsewhere. */
function withWholePaths(argv: readonly string[]): readonly string[] {
  const found = findCommand(argv);
  if (found === null || found.command.positionals[0] !== 'FILE') return argv;
  const [file, ...others] = found.rest;
  if (file === undefined || file.startsWith('-')) return argv;
  const name = argv.slice(0, argv.length - found.rest.length);
  return [...name, path.resolve(process.env['INIT_CWD'] ?? '', file), ...others];
}

/** On a terminal, over the last word of it. */
function tell(progress: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${progress}`);
}

async function runHere(config: Config, argv: readonly string[]): Promise<Printed> {
  const { desk, close } = await openDesk(config, pino({ level: 'silent' }));
  try {
    return await runCommand({ ...desk, tell }, argv);
  } finally {
    await close();
  }
}

function explain(err: unknown): string {
  if (err instanceof ConfigError || err instanceof FolderInUseError) return err.message;
  const { message, advice } = startFailureOf(err);
  return `✗ It could not begin: ${message}${advice === null ? '' : `\n    → ${advice}`}`;
}

main(process.argv.slice(2)).then(
  ({ exitCode, output, errors }) => {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    if (output !== '') process.stdout.write(`${output}\n`);
    if (errors !== '') process.stderr.write(`${errors}\n`);
    process.exitCode = exitCode;
  },
  (err) => {
    process.stderr.write(`${explain(err)}\n`);
    process.exitCode = 1;
  },
);
