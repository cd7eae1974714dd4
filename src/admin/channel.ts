import { createHash } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Logger } from 'pino';
import type { Printed } from './commands.ts';

/**
 * The embedded database is one process's: whoever administers it asks that process, over a socket of the file system
 * that the gateway's own user alone can open. There is no other key to it than that.
 */

/** What a socket's path may be long, on every system. */
const maxPathLength = 100;
const maxRequestBytes = 65_536;

type Tell = (progress: string) => void;
type Run = (argv: readonly string[], tell: Tell) => Promise<Printed>;
/** What is answered: any number of words about the progress, and then what the command printed. */
type Line = { progress: string } | { printed: Printed };

/** Where the gateway on this folder listens for commands. */
export function channelPath(dataDir: string): string {
  const digest = createHash('sha256').update(path.resolve(dataDir)).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\convograph-${digest}`;
  const beside = path.join(path.resolve(dataDir), 'admin.sock');
  return beside.length <= maxPathLength ? beside : path.join(tmpdir(), `convograph-${digest}.sock`);
}

/** Answers commands until it is closed. The folder's lock has been taken, so a socket that lies there is a dead one's. */
export async function openChannel(dataDir: string, run: Run, log: Logger): Promise<{ close(): Promise<void> }> {
  const socketPath = channelPath(dataDir);
  const server = createServer((incoming, outgoing) => {
    const send = (line: Line) => outgoing.write(`${JSON.stringify(line)}\n`);
    answer(incoming, run, (progress) => send({ progress })).then(
      (printed) => {
        send({ printed });
        outgoing.end();
      },
      (err) => {
        log.warn({ err }, 'an admin command could not be read');
        if (!outgoing.headersSent) outgoing.writeHead(400);
        outgoing.end();
      },
    );
  });
  if (process.platform !== 'win32') await rm(socketPath, { force: true });
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, resolve);
    });
  } finally {
    process.umask(mask);
  }
  if (process.platform !== 'win32') await chmod(socketPath, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(incoming: IncomingMessage, run: Run, tell: Tell): Promise<Printed> {
  let body = '';
  for await (const chunk of incoming) {
    body += String(chunk);
    if (body.length > maxRequestBytes) throw new Error('the command is too long');
  }
  const argv: unknown = JSON.parse(body);
  if (!Array.isArray(argv) || argv.some((word) => typeof word !== 'string')) throw new Error('that is no command');
  return run(argv as string[], tell);
}

/** Asks the gateway on this folder to carry out a command; null where none runs there. */
export function askGateway(dataDir: string, argv: readonly string[], tell: Tell): Promise<Printed | null> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath: channelPath(dataDir), method: 'POST', path: '/' }, async (response) => {
      try {
        if (response.statusCode !== 200) throw new Error(`the gateway answered ${response.statusCode}`);
        for await (const text of createInterface({ input: response })) {
          const line = JSON.parse(text) as Line;
          if ('printed' in line) resolve(line.printed);
          else tell(line.progress);
        }
        reject(new Error('the gateway ended before it had answered'));
      } catch (err) {
        reject(err);
      }
    });
    asking.on('error', (err: NodeJS.ErrnoException) => {
      if (err.code === 'ENOENT' || err.code === 'ECONNREFUSED') resolve(null);
      else reject(err);
    });
    asking.end(JSON.stringify(argv));
  });
}
