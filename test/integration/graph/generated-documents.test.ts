import fc from 'fast-check';
import { getOperationAST, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';
import { costOf, refuseCost } from '../../../src/http/graphql/cost.ts';
import { checkDocument } from '../../../src/http/graphql/limits.ts';
import { randomDocuments } from '../../testkit/calls/random-document.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { seedConversations } from '../../testkit/seed-conversations.ts';

/** More of them by `GENERATED_DOCUMENTS=5000`. */
const runs = Number(process.env['GENERATED_DOCUMENTS'] ?? 300);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { REQUESTS_PER_MINUTE: '0', REQUESTS_PER_DAY: '0' } });
  await seedConversations(gateway.app, gateway.tenantId, 20);
});
afterAll(() => gateway.close());

function isOverLimits(query: string): boolean {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (checkDocument(document) !== null || operation == null) return true;
  return refuseCost(costOf(schema, document, operation, {})) !== null;
}

test(`of ${runs} documents, none over the limits reaches a resolver, and none under them fails inside`, {
  timeout: 60_000 + runs * 1_000,
}, async () => {
  const seen = { over: 0, under: 0, answered: 0 };
  const holds = fc.asyncProperty(randomDocuments(schema), async (query) => {
    if (!isOverLimits(query)) {
      seen.under++;
      const { status, body } = await gateway.graphql(query);
      if (body.data != null) seen.answered++;
      expect(status, JSON.stringify(body)).toBeLessThan(500);
      expect(JSON.stringify(body.errors ?? [])).not.toContain('INTERNAL_ERROR');
      return;
    }
    seen.over++;
    const { count, result } = await gateway.countStatements(() => gateway.graphql(query), { tries: 3 });
    expect(result.status).toBe(400);
    expect(result.body.data).toBeUndefined();
    // The key's alone.
    expect(count).toBe(1);
  });
  // In some hundreds there may be none over the limits: then more are asked.
  for (let round = 0; round < 5 && seen.over === 0; round++) await fc.assert(holds, { numRuns: runs });
  // Both kinds were among them, and not all of the others were refused for their arguments.
  expect(seen.over).toBeGreaterThan(0);
  expect(seen.answered).toBeGreaterThan(runs / 20);
});
