import { expect } from 'vitest';
import { CreateConversationDocument, type CreateConversationInput } from '../generated/documents.ts';
import type { TestGateway } from './gateway.ts';

/** Makes a conversation through the graph. */
export async function createConversation(gateway: TestGateway, input: Partial<CreateConversationInput> = {}) {
  const { body } = await gateway.graphql(CreateConversationDocument, {
    input: { title: 'Prices', content: 'What does the Pro plan cost?', ...input },
  });
  const result = body.data?.createConversation;
  if (result?.__typename !== 'CreateConversationPayload') throw new Error(JSON.stringify(body));
  return result.conversation;
}

/** Without summaries under way, the statements counted are the request's own. */
export async function untilSummarised(gateway: TestGateway, count: number) {
  await expect
    .poll(() => gateway.app.database.prisma.summary.count({ where: { status: 'COMPLETED' } }), { timeout: 20_000 })
    .toBe(count);
}
