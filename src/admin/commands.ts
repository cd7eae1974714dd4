import { DomainError, ValidationError } from '../domain/errors.ts';
import { type Command, type Desk, readInput, UsageError } from './command.ts';
import { demoCommands } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { erasureCommands } from './erasure.ts';
import { importCommand } from './imports.ts';
import { keyCommands } from './keys.ts';
import { secretCommands } from './secrets.ts';
import { tenantCommands } from './tenants.ts';

export const commands: readonly Command[] = [
  ...tenantCommands,
  ...keyCommands,
  ...demoCommands,
  importCommand,
  ...secretCommands,
  ...erasureCommands,
  doctorCommand,
];

/** What a command printed, and how it ended: 0 done, 1 failed, 2 not understood. */
export type Printed = { exitCode: 0 | 1 | 2; output: string; errors: string };

/** The command that the words begin with, and the words after its name. */
export function findCommand(argv: readonly string[]): { command: Command; rest: readonly string[] } | null {
  for (const command of commands) {
    const name = command.name.split(' ');
    if (name.every((word, index) => argv[index] === word)) return { command, rest: argv.slice(name.length) };
  }
  return null;
}

/** Carries out what was typed. Never throws: what goes wrong is printed in words. */
export async function runCommand(desk: Desk, argv: readonly string[]): Promise<Printed> {
  try {
    const found = findCommand(argv);
    if (found === null) throw new UsageError(`"${argv.join(' ')}" is not understood: npm run admin -- --help`);
    const input = readInput(found.command, found.rest);
    const { data, text, hasFailed } = await found.command.run(desk, input);
    return { exitCode: hasFailed === true ? 1 : 0, output: input.isJson ? toJson(data) : text, errors: '' };
  } catch (err) {
    if (err instanceof UsageError) return { exitCode: 2, output: '', errors: err.message };
    if (err instanceof DomainError) return { exitCode: 1, output: '', errors: wordsOf(err) };
    desk.app.log.error({ err, command: argv.slice(0, 2).join(' ') }, 'an admin command failed');
    return { exitCode: 1, output: '', errors: `It failed: ${lastWords(err)}` };
  }
}

function wordsOf(err: DomainError): string {
  if (!(err instanceof ValidationError)) return err.message;
  return Object.entries(err.fields)
    .flatMap(([field, messages]) => messages.map((message) => `${field}: ${message}`))
    .join('\n');
}

/** What Prisma fails with begins with the call that failed. */
function lastWords(err: unknown): string {
  return (err instanceof Error ? err.message : String(err)).trim().split('\n').at(-1) ?? '';
}

/** Integers beyond 2^53 as text. */
function toJson(data: unknown): string {
  const plain = (_: string, value: unknown) => {
    if (typeof value !== 'bigint') return value;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  };
  return JSON.stringify(data, plain, 2);
}

/** One command, in the words that it has among all. */
export function helpOf(command: Command): string {
  const options = Object.entries(command.options).map(
    ([name, { value, help }]) => `        --${name}${value === undefined ? '' : ` ${value}`}: ${help}`,
  );
  return [`  ${[command.name, ...command.positionals].join(' ')}`, `      ${command.summary}`, ...options].join('\n');
}

export function helpText(): string {
  const lines = commands.map(helpOf);
  return `What an operator does, beside a running server or without one.

Usage: npm run admin -- COMMAND [--json]

${lines.join('\n')}
  move --to postgresql://…
      Copies the embedded database to an empty PostgreSQL database; the server is stopped meanwhile

It reads the same variables and .env as the server. On PostgreSQL it works on the database itself; on the embedded
database it asks the server that holds it, or opens it where none runs. Exit code: 0 done, 1 failed, 2 not understood.
`;
}
