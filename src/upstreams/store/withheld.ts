import type { Caller } from '../../domain/app.ts';
import { withheldDigest } from '../../domain/conversations/withheld.ts';

/** Those of an upstream's conversations that were erased here, and are not to be mirrored again. */
export async function findWithheld(
  caller: Caller,
  upstreamId: string,
  externalIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (externalIds.length === 0) return new Set();
  const ids = new Map(externalIds.map((id) => [withheldDigest(id), id]));
  const rows = await caller.app.database.prisma.withheldConversation.findMany({
    where: { tenantId: caller.tenantId, upstreamId, digest: { in: [...ids.keys()] } },
    select: { digest: true },
  });
  return new Set(rows.flatMap(({ digest }) => ids.get(digest) ?? []));
}
