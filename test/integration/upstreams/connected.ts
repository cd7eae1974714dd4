import { vi } from 'vitest';
import type { Caller } from '../../../src/domain/app.ts';
import { systemCaller } from '../../../src/domain/caller.ts';
import type { UpstreamPatience } from '../../../src/upstreams/clients/clients.ts';
import { type StartOptions, startGateway, type TestGateway } from '../../testkit/gateway.ts';
import {
  type AiMyChatsOptions,
  type AiMyChatsStandIn,
  startAiMyChats,
} from '../../testkit/upstreams/ai-my-chats/ai-my-chats.ts';

export const webhookSecret = 'whsec_of_the_tests';

export type Connected = AsyncDisposable & {
  gateway: TestGateway;
  api: AiMyChatsStandIn;
  upstreamId: string;
  caller: Caller;
  /** Where the upstream posts its webhooks. */
  webhookUrl: string;
  close(): Promise<void>;
};

/** A gateway with one account of a stand-in of AI My Chats connected and synced once; no sync follows by itself. */
export async function startConnected(
  options: { gateway?: StartOptions; api?: AiMyChatsOptions; patience?: UpstreamPatience } = {},
): Promise<Connected> {
  const gateway = await startGateway({ ...options.gateway, patience: options.patience ?? {} });
  const api = await startAiMyChats(options.api);
  const close = async () => {
    await api.close();
    await gateway.close();
  };
  const upstreamId = await connect(gateway, api);
  return {
    gateway,
    api,
    upstreamId,
    caller: systemCaller(gateway.app, gateway.tenantId),
    webhookUrl: `${gateway.url}/webhooks/upstreams/${upstreamId}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function connect(gateway: TestGateway, api: AiMyChatsStandIn): Promise<string> {
  const { body } = await gateway.graphql<{ connectUpstream: { upstream?: { id: string } } }>(
    `mutation ($input: ConnectUpstreamInput!) {
      connectUpstream(input: $input) { ... on ConnectUpstreamPayload { upstream { id } } ... on Error { message } }
    }`,
    {
      input: {
        provider: 'AI_MY_CHATS',
        baseUrl: api.url,
        apiKey: api.apiKey,
        webhookSecret,
        syncIntervalSeconds: 86_400,
      },
    },
  );
  const id = body.data?.connectUpstream.upstream?.id;
  if (id === undefined) throw new Error(`the upstream was not connected: ${JSON.stringify(body)}`);
  await until(`upstream ${id} is synced`, async () => {
    const row = await gateway.app.database.prisma.upstream.findFirst({ where: { id } });
    return row?.status === 'HEALTHY';
  });
  return id;
}

/** Waits for something to become true, and says what did not. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, timeoutMs = 20_000): Promise<void> {
  try {
    await vi.waitUntil(isSo, { timeout: timeoutMs, interval: 25 });
  } catch (cause) {
    throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause });
  }
}

export type WriteResult = {
  __typename: string;
  message?: string;
  outcome?: 'NOT_APPLIED' | 'UNKNOWN';
  httpStatus?: number | null;
  fields?: { field: string; messages: string[] }[];
  conversation?: { id: string; status: string; externalId: string; title: string; metadata: unknown };
  summary?: { id: string; status: string; language: string; style: string };
  attachment?: { id: string; size: number; mimeType: string };
};

const errorFields = '... on Error { message } ... on UpstreamError { outcome httpStatus retryAfterMs }';
const fieldErrors = '... on ValidationError { fields { field messages } }';

/** Runs a mutation and gives its one answer, a failure included. */
export async function mutate(
  gateway: TestGateway,
  name: string,
  input: Record<string, unknown>,
  payload: string,
): Promise<WriteResult> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const errors = type.startsWith('Delete') ? errorFields : `${errorFields} ${fieldErrors}`;
  const { body } = await gateway.graphql<Record<string, WriteResult>>(
    `mutation ($input: ${type}Input!) {
      ${name}(input: $input) { __typename ... on ${type}Payload { ${payload} } ${errors} }
    }`,
    { input },
  );
  const result = body.data?.[name];
  if (result === undefined) throw new Error(`${name} gave no answer: ${JSON.stringify(body)}`);
  return result;
}

export function create(gateway: TestGateway, input: Record<string, unknown>): Promise<WriteResult> {
  return mutate(gateway, 'createConversation', input, 'conversation { id status externalId title metadata }');
}
