import { parseArgs } from 'node:util';
import type { App } from '../domain/app.ts';

/** What commands work on: the services of this process, or of the server that holds the embedded database. */
export type Desk = {
  readonly app: App;
  /** Where the embedded database, files, keys and the secret are kept. */
  readonly dataDir: string;
  readonly queue: {
    ping(): Promise<void>;
    counts(): Promise<{ name: string; waiting: number; active: number }[]>;
  };
  /** Null where there is none. */
  readonly redis: { ping(): Promise<unknown> } | null;
  /** Makes a new secret and goes on with it; null where SECRET_KEY gives it. */
  readonly renewSecret: (() => Promise<void>) | null;
  /** Told how far a long command is; absent where nobody looks. */
  readonly tell?: (progress: string) => void;
};

/** `data` for programs (`--json`), `text` for people; the two say the same. */
export type Outcome = { data: unknown; text: string; hasFailed?: boolean };

export type OptionSpec = { value?: string; help: string };

export type Command = {
  /** `tenant add`. */
  name: string;
  summary: string;
  positionals: readonly string[];
  options: Readonly<Record<string, OptionSpec>>;
  run(desk: Desk, input: Input): Promise<Outcome>;
};

export type Input = {
  /** One for each of the command's `positionals`. */
  positionals: readonly string[];
  /** Of the options with a value; undefined where not given. */
  text(name: string): string | undefined;
  flag(name: string): boolean;
};

/** What was typed cannot be carried out; the message says what to do. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Reads a command's own words. @throws UsageError */
export function readInput(command: Command, argv: readonly string[]): Input & { isJson: boolean } {
  const options = {
    json: { type: 'boolean' as const },
    ...Object.fromEntries(
      Object.entries(command.options).map(([name, { value }]) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
  };
  const { values, positionals } = parse(command, () =>
    parseArgs({ args: [...argv], options, allowPositionals: true, strict: true }),
  );
  const [missing] = command.positionals.slice(positionals.length);
  if (missing !== undefined) throw new UsageError(`${missing} is missing: ${usageOf(command)}`);
  const [unexpected] = positionals.slice(command.positionals.length);
  if (unexpected !== undefined) throw new UsageError(`"${unexpected}" is not expected: ${usageOf(command)}`);
  return {
    positionals,
    isJson: values['json'] === true,
    text: (name) => {
      const value = (values as Record<string, unknown>)[name];
      return typeof value === 'string' ? value : undefined;
    },
    flag: (name) => (values as Record<string, unknown>)[name] === true,
  };
}

function parse<T>(command: Command, read: () => T): T {
  try {
    return read();
  } catch (err) {
    const reason = err instanceof Error ? err.message.split('. ')[0] : String(err);
    throw new UsageError(`${reason}: ${usageOf(command)}`);
  }
}

export function usageOf({ name, positionals, options }: Command): string {
  const flags = Object.entries(options).map(
    ([flag, { value }]) => `[--${flag}${value === undefined ? '' : ` ${value}`}]`,
  );
  return ['npm run admin --', name, ...positionals, ...flags].join(' ');
}
