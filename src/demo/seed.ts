import type { Caller } from '../domain/app.ts';
import { transact, type Unit } from '../domain/unit-of-work.ts';
import { newId } from '../lib/id.ts';
import { hourMs, minuteMs } from '../lib/time/durations.ts';
import type { MirroredConversation } from '../upstreams/clients/records.ts';
import { storeConversation } from '../upstreams/store/store-conversations.ts';
import { demoChats, demoLetters } from './conversations.ts';

/** Nothing answers there, by RFC 6761: the demo's accounts are paused, and can reach nobody. */
export const demoBaseUrl = 'https://demo.invalid';

const turnMs = 20_000;

/** Puts conversations of both APIs into the caller's tenant, as if they had been mirrored; once. */
export async function seedDemoData(caller: Caller): Promise<void> {
  const { tenantId } = caller;
  await transact(
    caller,
    async (unit) => {
      const present = await unit.tx.upstream.count({ where: { tenantId, baseUrl: { startsWith: demoBaseUrl } } });
      if (present > 0) return;
      const letters = await addAccount(unit, caller, 'AI_MY_CHATS', 'AI My Chats (demo)');
      for (const record of letterRecords(unit.now)) await storeConversation(unit, caller, letters, record);
      const chats = await addAccount(unit, caller, 'ANIMAM', 'Animam (demo)');
      for (const record of chatRecords(unit.now)) await storeConversation(unit, caller, chats, record);
    },
    { isOverQuotaAllowed: true },
  );
}

async function addAccount(unit: Unit, caller: Caller, provider: 'AI_MY_CHATS' | 'ANIMAM', name: string) {
  const id = newId('upstream');
  await unit.tx.upstream.create({
    data: {
      tenantId: caller.tenantId,
      id,
      provider,
      name,
      baseUrl: provider === 'AI_MY_CHATS' ? `${demoBaseUrl}/v1` : demoBaseUrl,
      remoteTenant: provider === 'ANIMAM' ? 'demo' : null,
      apiKeyCipher: caller.app.secrets.encrypt('demo', `${caller.tenantId}/${id}/apiKey`),
      status: 'PAUSED',
      nextSyncAt: null,
      lastSyncedAt: unit.now,
      createdAt: unit.now,
    },
  });
  return { id, provider };
}

/** Spread over the last three weeks, the newest of a few hours ago. */
function startOf(now: Date, index: number, count: number): Date {
  return new Date(now.getTime() - hourMs * (3 + Math.round((index * 21 * 24) / count)));
}

function letterRecords(now: Date): MirroredConversation[] {
  return demoLetters.map(({ title, source, content, summary }, index) => {
    const createdAt = startOf(now, index, demoLetters.length);
    return {
      externalId: `conv_${101 + index}`,
      title,
      content,
      source,
      status: 'COMPLETED',
      segment: null,
      sessionId: null,
      metadata: null,
      createdAt,
      updatedAt: new Date(createdAt.getTime() + 5 * minuteMs),
      startedAt: createdAt,
      lastMessageAt: null,
      messages: [],
      summary,
      attachments: [],
    };
  });
}

function chatRecords(now: Date): MirroredConversation[] {
  return demoChats.map(({ segment, page, turns }, index) => {
    const startedAt = new Date(startOf(now, index, demoChats.length).getTime() - hourMs / 2);
    const messages = turns.map((content, position) => ({
      externalId: `msg_${index + 1}_${position + 1}`,
      role: position % 2 === 0 ? ('USER' as const) : ('ASSISTANT' as const),
      content,
      // The assistant answers at once; people take their time.
      createdAt: new Date(startedAt.getTime() + Math.ceil(position / 2) * turnMs + (position % 2) * 1_500),
      metadata: null,
    }));
    const lastMessageAt = messages.at(-1)?.createdAt ?? startedAt;
    return {
      externalId: `conv_${101 + index}`,
      title: turns[0] ?? 'Chat',
      content: null,
      source: 'WEB',
      status: 'COMPLETED',
      segment,
      sessionId: `sess_${201 + index}`,
      metadata: { page },
      createdAt: startedAt,
      updatedAt: lastMessageAt,
      startedAt,
      lastMessageAt,
      messages,
      summary: null,
      attachments: [],
    };
  });
}
