import { z } from 'zod';
import type { ImportedMessage } from '../../domain/imports/import-conversation.ts';
import type { FileItem, ReadOptions } from '../read.ts';
import type { Archive } from './zip.ts';

/** A workspace as Slack exports it: a folder a channel, a file a day. Each channel is a conversation. */

const user = z.looseObject({
  id: z.string(),
  name: z.string().nullish(),
  real_name: z.string().nullish(),
  profile: z.looseObject({ display_name: z.string().nullish(), real_name: z.string().nullish() }).nullish(),
});
const message = z.looseObject({
  type: z.string().nullish(),
  subtype: z.string().nullish(),
  user: z.string().nullish(),
  username: z.string().nullish(),
  bot_id: z.string().nullish(),
  text: z.string().nullish(),
  ts: z.string(),
});

const dayFile = /^(?:.*\/)?([^/]+)\/\d{4}-\d{2}-\d{2}\.json$/;
/** Of Slack's own notes among the messages (who joined, what was renamed) only these are somebody's words. */
const spoken = new Set([undefined, null, '', 'thread_broadcast', 'me_message', 'file_share', 'bot_message']);

export function isSlackArchive(archive: Archive): boolean {
  return archive.names.some((name) => dayFile.test(name));
}

export async function* readSlack(archive: Archive, { assistant, place }: ReadOptions): AsyncGenerator<FileItem> {
  const names = await readNames(archive);
  const channels = Map.groupBy(
    archive.names.filter((name) => dayFile.test(name)),
    (name) => dayFile.exec(name)?.[1] ?? '',
  );
  if (place !== undefined) place.totalBytes = archive.sizeOf([...channels.values()].flat());
  for (const [channel, files] of channels) {
    const messages: ImportedMessage[] = [];
    for (const file of files.sort()) {
      if (place !== undefined) place.readBytes += archive.sizeOf([file]);
      const parsed = z.array(z.unknown()).safeParse(parseJson(await archive.readText(file)));
      if (!parsed.success) {
        yield { place: file, reason: 'it is no list of messages' };
        continue;
      }
      const read = parsed.data.flatMap((value) => toMessage(value, names, assistant));
      messages.push(...read.sort((a, b) => (a.createdAt?.getTime() ?? 0) - (b.createdAt?.getTime() ?? 0)));
    }
    if (messages.length === 0) {
      yield { place: `#${channel}`, reason: 'nobody says anything in it' };
      continue;
    }
    yield {
      place: `#${channel}`,
      conversation: {
        identity: `slack/${channel}/${messages[0]?.createdAt?.toISOString() ?? ''}/${messages[0]?.content ?? ''}`,
        id: null,
        title: `Slack: #${channel}`,
        content: null,
        source: null,
        segment: null,
        metadata: { importedFrom: 'Slack', channel },
        startedAt: messages[0]?.createdAt ?? null,
        messages,
      },
    };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function readNames(archive: Archive): Promise<ReadonlyMap<string, string>> {
  const file = archive.names.find((name) => /(?:^|\/)users\.json$/.test(name));
  const users = file === undefined ? null : z.array(user).safeParse(parseJson(await archive.readText(file)));
  return new Map(
    (users?.data ?? []).map((each) => [
      each.id,
      each.profile?.display_name || each.real_name || each.profile?.real_name || each.name || each.id,
    ]),
  );
}

function toMessage(value: unknown, names: ReadonlyMap<string, string>, assistant: string | null): ImportedMessage[] {
  const parsed = message.safeParse(value);
  if (!parsed.success || !spoken.has(parsed.data.subtype)) return [];
  const { user: id, username, text, ts, bot_id: bot } = parsed.data;
  const said = readable(text ?? '', names);
  if (said === '') return [];
  const name = (id != null && names.get(id)) || username || id || 'Somebody';
  const isAnswer = assistant === null ? bot != null : name.toLowerCase() === assistant.toLowerCase();
  const seconds = Number(ts);
  return [
    {
      role: isAnswer ? 'ASSISTANT' : 'USER',
      content: isAnswer ? said : `${name}: ${said}`,
      createdAt: Number.isFinite(seconds) ? new Date(seconds * 1_000) : null,
    },
  ];
}

/** Slack's own signs for people, channels and links, as people see them. */
function readable(text: string, names: ReadonlyMap<string, string>): string {
  return text
    .replace(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id: string) => `@${names.get(id) ?? id}`)
    .replace(/<#[A-Z0-9]+\|([^>]*)>/g, '#$1')
    .replace(/<!(\w+)(?:\|[^>]*)?>/g, '@$1')
    .replace(/<([^>|]+)\|([^>]+)>/g, '$2 ($1)')
    .replace(/<([^>]+)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}
