import { existsSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../../../../src/domain/app.ts';
import { systemCaller } from '../../../../src/domain/caller.ts';
import { connectUpstream } from '../../../../src/domain/upstreams/upstreams.ts';
import { createEgress } from '../../../../src/lib/egress/egress.ts';
import { createUpstreamClients, type UpstreamPatience } from '../../../../src/upstreams/clients/clients.ts';
import { recordDrift } from '../../../../src/upstreams/clients/record-drift.ts';
import { createRateBudget, type RateBudget } from '../../../../src/upstreams/http/budget.ts';
import { type MirrorTunables, syncMirror } from '../../../../src/upstreams/sync/mirror.ts';
import { readDialogues, split, toAiMyChats, toAnimam, writtenDialogues } from '../../../testkit/dialogues.ts';
import { type StartOptions, startGateway, type TestGateway } from '../../../testkit/gateway.ts';
import { type AiMyChatsStandIn, startAiMyChats } from '../../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';
import { type AnimamStandIn, startAnimam } from '../../../testkit/upstreams/animam/animam.ts';

export type StandIn = AiMyChatsStandIn | AnimamStandIn;

/** No pauses between attempts, and an upstream that failed is asked again at once. */
export const impatient: UpstreamPatience = {
  maxWaitMs: { background: 0, interactive: 0 },
  random: () => 0,
  breaker: { cooldownMs: 0 },
};

export type MirrorOptions = {
  gateway?: StartOptions;
  patience?: UpstreamPatience;
  budget?: RateBudget;
  tunables?: Partial<MirrorTunables>;
};

export type Mirror = AsyncDisposable & {
  readonly gateway: TestGateway;
  readonly caller: Caller;
  /** Connects a stand-in's account. @returns the upstream's id */
  connect(standIn: StandIn): Promise<string>;
  /** One round, as the job does it. */
  sync(upstreamId: string, signal?: AbortSignal): Promise<void>;
  /** The same after which everything has been read anew. */
  syncFully(upstreamId: string, signal?: AbortSignal): Promise<void>;
};

/** A gateway that syncs when it is told to, and by itself never. */
export async function startMirror(options: MirrorOptions = {}): Promise<Mirror> {
  const { env, ...rest } = options.gateway ?? {};
  const gateway = await startGateway({ ...rest, env: { ROLE: 'web', ...env } });
  const { app, tenantId } = gateway;
  const caller = systemCaller(app, tenantId);
  const egress = createEgress({ allowPrivateNetwork: true });
  const clients = createUpstreamClients({
    egress,
    secrets: app.secrets,
    budget: options.budget ?? createRateBudget(),
    patience: options.patience ?? impatient,
  });
  const parts = { clients, recordDrift, tunables: { firstRetryMs: 0, lastRetryMs: 0, ...options.tunables } };
  const sync = (upstreamId: string, signal = new AbortController().signal) =>
    syncMirror(caller, upstreamId, parts, signal);
  return {
    gateway,
    caller,
    connect: async (standIn) => {
      const { id } = await connectUpstream(caller, accountOf(standIn));
      return id;
    },
    sync,
    syncFully: async (upstreamId, signal) => {
      await app.database.prisma.upstream.updateMany({ where: { id: upstreamId }, data: { isFullSyncDue: true } });
      await sync(upstreamId, signal);
    },
    [Symbol.asyncDispose]: async () => {
      await egress.close();
      await gateway.close();
    },
  };
}

/** What an upstream is connected with. */
export function accountOf(standIn: StandIn) {
  const { url: baseUrl, apiKey } = standIn;
  return 'tenant' in standIn
    ? { provider: 'ANIMAM' as const, baseUrl, apiKey, remoteTenant: standIn.tenant }
    : { provider: 'AI_MY_CHATS' as const, baseUrl, apiKey };
}

const givenFile = path.join(import.meta.dirname, '../../../../../shared/data/dialogsum.dev.jsonl');

/** Both stand-ins, with half of so many dialogues each: of DialogSum where its file is there, else of our own. */
export async function startStandIns(count: number) {
  const dialogues = existsSync(givenFile) ? readDialogues(givenFile).slice(0, count) : writtenDialogues(count);
  const halves = split(dialogues);
  const aiMyChats = await startAiMyChats({ conversations: toAiMyChats(halves.aiMyChats), showsMetadata: true });
  const animam = await startAnimam({ tenant: 'acme', conversations: toAnimam(halves.animam) });
  return {
    aiMyChats,
    animam,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([aiMyChats.close(), animam.close()]);
    },
  };
}

export function isAiMyChats(standIn: StandIn): standIn is AiMyChatsStandIn {
  return !('tenant' in standIn);
}

/** What a stand-in holds, in the words of `mirrored`. */
export function held(standIn: StandIn): Map<string, unknown> {
  if (isAiMyChats(standIn)) {
    return new Map(
      standIn.conversations
        .all()
        .map(({ id, title, content, status, created_at, updated_at, summary, attachments }) => [
          id,
          {
            title,
            content,
            status: status.toUpperCase(),
            createdAt: created_at,
            updatedAt: updated_at,
            summary: summary === null ? null : [summary.title, summary.content, summary.topics, summary.action_items],
            attachments: attachments.map((each) => each.filename).sort(),
            messages: [],
          },
        ]),
    );
  }
  return new Map(
    standIn.conversations.all().map(({ id, sessionId, segment, startedAt, lastMessageAt, messages }) => [
      id,
      {
        sessionId,
        segment,
        startedAt,
        // The newer shape tells it by the messages alone.
        lastMessageAt: messages.length === 0 ? null : lastMessageAt,
        messages: messages.map((message) => [message.id, message.role, message.content, message.timestamp]),
      },
    ]),
  );
}

/** What is mirrored of an upstream, by the upstream's ids; conversations that are there twice make it throw. */
export async function mirrored(mirror: Pick<Mirror, 'gateway'>, upstreamId: string): Promise<Map<string, unknown>> {
  const { tenantId, app } = mirror.gateway;
  const rows = await app.database.prisma.conversation.findMany({
    where: { tenantId, upstreamId },
    include: {
      messages: { orderBy: { position: 'asc' } },
      attachments: true,
      summaries: { where: { status: 'COMPLETED' }, orderBy: { version: 'desc' }, take: 1 },
    },
  });
  const found = new Map<string, unknown>();
  for (const row of rows) {
    if (row.externalId === null || found.has(row.externalId)) throw new Error(`${row.externalId} is there twice`);
    const messages = row.messages.map((message) => [
      message.externalId,
      message.role.toLowerCase(),
      message.content,
      toSecond(message.createdAt),
    ]);
    const [summary] = row.summaries;
    const items = (summary?.actionItems ?? []) as { text: string }[];
    const common = { messages };
    found.set(
      row.externalId,
      row.provider === 'AI_MY_CHATS'
        ? {
            ...common,
            title: row.title,
            content: row.content,
            status: row.status,
            createdAt: toSecond(row.createdAt),
            updatedAt: toSecond(row.updatedAt),
            summary:
              summary === undefined
                ? null
                : [summary.title, summary.content, summary.topics, items.map(({ text }) => text)],
            attachments: row.attachments.map(({ filename }) => filename).sort(),
          }
        : {
            ...common,
            sessionId: row.sessionId,
            segment: row.segment,
            startedAt: toSecond(row.startedAt),
            lastMessageAt: row.lastMessageAt === null || messages.length === 0 ? null : toSecond(row.lastMessageAt),
          },
    );
  }
  return found;
}

function toSecond(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export async function upstreamRow({ gateway }: Pick<Mirror, 'gateway'>, id: string) {
  return gateway.app.database.prisma.upstream.findUniqueOrThrow({
    where: { tenantId_id: { tenantId: gateway.tenantId, id } },
  });
}

export function newestRun({ gateway }: Pick<Mirror, 'gateway'>, upstreamId: string) {
  return gateway.app.database.prisma.syncRun.findFirstOrThrow({
    where: { tenantId: gateway.tenantId, upstreamId },
    orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
  });
}

/** The tenant's events from `after` on, oldest first. */
export async function eventsAfter({ gateway }: Pick<Mirror, 'gateway'>, after: bigint) {
  return gateway.app.database.prisma.event.findMany({
    where: { tenantId: gateway.tenantId, seq: { gt: after } },
    orderBy: { seq: 'asc' },
  });
}

export async function lastEvent({ gateway }: Pick<Mirror, 'gateway'>): Promise<bigint> {
  const state = await gateway.app.database.prisma.tenantState.findUniqueOrThrow({
    where: { tenantId: gateway.tenantId },
  });
  return state.eventSeq;
}

/** How many requests a stand-in got for lists, and for single conversations. */
export function asked({ requests }: StandIn): { lists: number; details: number; ids: string[] } {
  const paths = requests.map((request) => request.path);
  const details = paths.filter((each) => /\/conversations\/[^/]+$/.test(each));
  return {
    lists: paths.filter((each) => each.endsWith('/conversations')).length,
    details: details.length,
    ids: details.map((each) => decodeURIComponent(each.split('/').at(-1) ?? '')),
  };
}

/** How the mirror differs from what the stand-in holds, in short; null where it does not. `areGoneOnesLeft`: what went upstream may still be there. */
export async function differences(
  mirror: Pick<Mirror, 'gateway'>,
  upstreamId: string,
  standIn: StandIn,
  { areGoneOnesLeft = false } = {},
): Promise<string | null> {
  const [here, there] = [await mirrored(mirror, upstreamId), held(standIn)];
  const ids = [...new Set([...(areGoneOnesLeft ? [] : here.keys()), ...there.keys()])];
  const differing = ids.filter((id) => !isDeepStrictEqual(here.get(id), there.get(id)));
  const [first] = differing;
  if (first === undefined) return null;
  const shown = [here.get(first), there.get(first)].map((each) => JSON.stringify(each)?.slice(0, 2_000));
  return `${differing.length} of ${ids.length} differ, ${first} for one:\nhere  ${shown[0]}\nthere ${shown[1]}`;
}

const hourMs = 3_600_000;

/** A clock for both sides, which moves when it is told to. */
export function standingClock() {
  const clock = { ms: Date.now(), now: () => clock.ms, date: () => new Date(clock.ms) };
  return clock;
}

/** Conversations an hour apart, the newest first by its number. */
export const spread = (count: number, now: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `conv_${index}`,
    title: `Number ${index}`,
    content: 'Hello.',
    created_at: `${new Date(now - (index + 1) * hourMs).toISOString().slice(0, 19)}Z`,
  }));
