import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type Dialogue,
  DialogueFileError,
  readDialogues,
  split,
  toAiMyChats,
  toAnimam,
  writtenDialogues,
} from './dialogues.ts';
import { type AiMyChatsStandIn, startAiMyChats } from './upstreams/ai-my-chats/ai-my-chats.ts';
import { type AnimamStandIn, startAnimam } from './upstreams/animam/animam.ts';
import { type Lie, lie } from './upstreams/lies.ts';

const USAGE = `npm run sandbox -- [file.jsonl] [--ai-my-chats-port 4101] [--animam-port 4102] [--limit N]

Starts local stand-ins of both upstream APIs, filled from a file of dialogues
(one {"fname","dialogue","summary","topic"} a line; own-written ones without a file).`;

const WEBHOOK_SECRET = 'whsec_sandbox';

const COMMANDS = `Type:  add            a new conversation at both
       edit           another title, and another message, for the first conversation of each
       remove         the last conversation of each is gone
       finish ID      the summary of that AI My Chats conversation is completed now
       webhook URL [SECRET]   AI My Chats posts its changes there (secret: ${WEBHOOK_SECRET} unless given)
       lie total N    both lists count N, whatever they show
       lie pages      both lists show their first page for every page
       lie shrink N   the newest conversation goes with each further page that is asked for, N times at each
       break / heal   both answer 503 / as they should
       key KEY        both take KEY alone from now on
       quit`;

const AI_MY_CHATS_KEY = 'aimc_sandbox_key';
const ANIMAM_KEY = 'ak_sandbox_key_for_the_stand_in';
const TENANT = 'sandbox';
const SUMMARY_AFTER_MS = 2_000;
const WRITTEN_COUNT = 200;
const DEFAULT_FILE = fileURLToPath(new URL('../../../shared/data/dialogsum.dev.jsonl', import.meta.url));

class UsageError extends Error {}

type Settings = {
  readonly file: string | null;
  readonly aiMyChatsPort: number;
  readonly animamPort: number;
  readonly limit: number;
};

function readSettings(args: string[]): Settings | null {
  const { values, positionals } = parse(args);
  if (values.help === true) return null;
  if (positionals.length > 1) throw new UsageError(`One file at most, not ${positionals.length}`);
  return {
    file: positionals[0] ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : null),
    aiMyChatsPort: readNumber(values['ai-my-chats-port'] ?? '4101', '--ai-my-chats-port', 0, 65_535),
    animamPort: readNumber(values['animam-port'] ?? '4102', '--animam-port', 0, 65_535),
    limit: readNumber(values.limit ?? '1000000', '--limit', 1, 1_000_000),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        'ai-my-chats-port': { type: 'string' },
        'animam-port': { type: 'string' },
        limit: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (err) {
    throw new UsageError(err instanceof Error ? err.message : String(err));
  }
}

function readNumber(text: string, name: string, min: number, max: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max))
    throw new UsageError(`${name} must be a number from ${min} to ${max}, not ${text}`);
  return number;
}

/** New conversations end about now, so that lists begin with what was just added. */
function timesFor(count: number): { readonly startAt: Date; readonly everySeconds: number } {
  const everySeconds = 600;
  return { startAt: new Date(Date.now() - (count + 1) * everySeconds * 1000), everySeconds };
}

function mutation(fields: Readonly<Record<string, string>>): string {
  const input = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return `mutation { connectUpstream(input: { ${input.join(', ')} }) { __typename ... on ConnectUpstreamPayload { upstream { id name status webhookUrl } } ... on Error { message } } }`;
}

function describe(aiMyChats: AiMyChatsStandIn, animam: AnimamStandIn, from: string): string {
  const quote = (text: string) => JSON.stringify(text);
  return `Filled from ${from}.

AI My Chats  ${aiMyChats.url}  key ${aiMyChats.apiKey}  ${aiMyChats.conversations.size} conversations
Animam       ${animam.url}  key ${animam.apiKey}  tenant ${animam.tenant}  ${animam.conversations.size} conversations

Connect them (the gateway reaches loopback addresses only with ALLOW_PRIVATE_NETWORK=true):

${mutation({ provider: 'AI_MY_CHATS', name: quote('AI My Chats sandbox'), baseUrl: quote(aiMyChats.url), apiKey: quote(aiMyChats.apiKey), webhookSecret: quote(WEBHOOK_SECRET), syncIntervalSeconds: '10' })}

${mutation({ provider: 'ANIMAM', name: quote('Animam sandbox'), baseUrl: quote(animam.url), apiKey: quote(animam.apiKey), remoteTenant: quote(animam.tenant), syncIntervalSeconds: '10' })}

${COMMANDS}`;
}

/** Does what was typed. @returns what to tell, or null to quit */
function obey(line: string, aiMyChats: AiMyChatsStandIn, animam: AnimamStandIn): string | null {
  const [command = '', ...args] = line.trim().split(/\s+/);
  const time = new Date().toISOString().slice(11, 19);
  switch (command) {
    case '':
      return '';
    case 'add': {
      const content = `#Person1#: Hello, it is ${time}.\n#Person2#: So it is.`;
      const summarised = aiMyChats.conversations.add({
        title: `Added at ${time}`,
        content,
        summary: { content: 'A greeting.' },
      });
      const chat = animam.conversations.add({ segment: 'landing', messages: [{ content: `Hello, it is ${time}.` }] });
      return `Added ${summarised.id} at AI My Chats and ${chat.id} at Animam.`;
    }
    case 'edit': {
      const [summarised] = aiMyChats.conversations.all();
      const [chat] = animam.conversations.all();
      if (!summarised || !chat) return 'There is nothing left to edit.';
      aiMyChats.conversations.edit(summarised.id, { title: `Edited at ${time}` });
      animam.conversations.appendMessage(chat.id, { content: `And at ${time}?` });
      return `Edited ${summarised.id} at AI My Chats, wrote to ${chat.id} at Animam.`;
    }
    case 'remove': {
      const [summarised, chat] = [aiMyChats.conversations.all().at(-1), animam.conversations.all().at(-1)];
      if (summarised) aiMyChats.conversations.remove(summarised.id);
      if (chat) animam.conversations.remove(chat.id);
      return `Removed ${summarised?.id ?? 'nothing'} at AI My Chats and ${chat?.id ?? 'nothing'} at Animam.`;
    }
    case 'finish': {
      const [id = ''] = args;
      if (!aiMyChats.conversations.get(id)) return `AI My Chats has no conversation ${id}`;
      return `The summary of ${aiMyChats.finishSummary(id).id} is completed.`;
    }
    case 'webhook': {
      const [url = '', secret = WEBHOOK_SECRET] = args;
      if (!URL.canParse(url)) return 'webhook needs an address';
      try {
        aiMyChats.webhooks.sendTo(url, secret);
      } catch (err) {
        return err instanceof Error ? err.message : String(err);
      }
      return `Changes at AI My Chats are posted to ${url}.`;
    }
    case 'lie': {
      const how = readLie(args);
      if (how === null) return 'lie total N, lie pages, or lie shrink N';
      for (const standIn of [aiMyChats, animam]) lie(standIn, how);
      return 'Both lists lie now.';
    }
    case 'break':
      for (const standIn of [aiMyChats, animam]) standIn.script({ answer: { kind: 'status', status: 503 } });
      return 'Both answer 503 now.';
    case 'heal':
      for (const standIn of [aiMyChats, animam]) standIn.heal();
      return 'Both answer as they should.';
    case 'key': {
      const [apiKey] = args;
      if (apiKey === undefined) return 'key needs a key';
      for (const standIn of [aiMyChats, animam]) standIn.apiKey = apiKey;
      return `Both take ${apiKey} alone now.`;
    }
    case 'quit':
      return null;
    default:
      return COMMANDS;
  }
}

function readLie([kind, number = '']: string[]): Lie | null {
  if (kind === 'pages') return { kind };
  if (!/^\d{1,9}$/.test(number)) return null;
  if (kind === 'total') return { kind, total: Number(number) };
  return kind === 'shrink' ? { kind, count: Number(number) } : null;
}

async function main(args: string[]): Promise<void> {
  const settings = readSettings(args);
  if (!settings) {
    console.log(`${USAGE}\n\n${COMMANDS}`);
    return;
  }
  const dialogues: readonly Dialogue[] =
    settings.file === null ? writtenDialogues(WRITTEN_COUNT) : readDialogues(settings.file);
  const halves = split(dialogues.slice(0, settings.limit));
  const aiMyChats = await startOrExplain('AI My Chats', settings.aiMyChatsPort, (port) =>
    startAiMyChats({
      port,
      apiKey: AI_MY_CHATS_KEY,
      conversations: toAiMyChats(halves.aiMyChats, timesFor(halves.aiMyChats.length)),
      summarize: { afterMs: SUMMARY_AFTER_MS },
      showsMetadata: true,
    }),
  );
  const animam = await startOrExplain('Animam', settings.animamPort, (port) =>
    startAnimam({
      port,
      tenant: TENANT,
      apiKey: ANIMAM_KEY,
      conversations: toAnimam(halves.animam, timesFor(halves.animam.length)),
    }),
  );
  console.log(describe(aiMyChats, animam, settings.file ?? 'own-written dialogues'));

  const stop = async () => {
    await Promise.all([aiMyChats.close(), animam.close()]);
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  createInterface({ input: process.stdin }).on('line', (line) => {
    const told = obey(line, aiMyChats, animam);
    if (told === null) void stop();
    else if (told !== '') console.log(told);
  });
}

async function startOrExplain<T>(name: string, port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port);
  } catch (err) {
    const reason = err instanceof Error ? err.message : String(err);
    throw new UsageError(`${name} cannot listen on port ${port} (${reason}); choose another, or 0 for a free one`);
  }
}

if (import.meta.main) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
    else if (error instanceof DialogueFileError) console.error(error.message);
    else console.error(error);
    process.exit(1);
  });
}
