import { createHash } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import type { Egress } from '../../lib/egress/egress.ts';
import type { SecretBox } from '../../lib/secrets/secret-box.ts';
import { type Breaker, type BreakerOptions, createBreaker } from '../http/breaker.ts';
import type { RateBudget } from '../http/budget.ts';
import { UpstreamFailure } from '../http/failure.ts';
import type { UpstreamHttpOptions } from '../http/http.ts';
import { createUpstreamClient, type UpstreamClient } from './client.ts';

/** What of an upstream's row its client is made of. */
export type UpstreamAccountRow = {
  tenantId: string;
  id: string;
  provider: 'AI_MY_CHATS' | 'ANIMAM';
  baseUrl: string;
  remoteTenant: string | null;
  apiKeyCipher: string;
};

export type UpstreamClients = {
  /**
   * The client of a connected account; all that use the same key share one budget.
   * @throws UpstreamFailure where the key cannot be used, or not be decrypted any more
   */
  of(row: UpstreamAccountRow): UpstreamClient;
  /** A client of an account that is not connected yet. */
  ofNew(account: {
    provider: 'AI_MY_CHATS' | 'ANIMAM';
    baseUrl: string;
    remoteTenant: string | null;
    apiKey: string;
  }): UpstreamClient;
};

/** How patient the clients are; what is not given is as `UpstreamHttpOptions` and `BreakerOptions` say. */
export type UpstreamPatience = Pick<
  UpstreamHttpOptions,
  'readTimeoutMs' | 'writeTimeoutMs' | 'maxAttempts' | 'maxWaitMs' | 'clock' | 'random'
> & {
  breaker?: BreakerOptions;
  /** As `UpstreamParts` says. */
  absentAfterMs?: number;
};

export function createUpstreamClients(parts: {
  egress: Egress;
  secrets: SecretBox;
  budget: RateBudget;
  patience?: UpstreamPatience;
}): UpstreamClients {
  const { egress, secrets, budget } = parts;
  const { breaker: breakerOptions, absentAfterMs: _, ...patience } = parts.patience ?? {};
  const breakers = new Map<string, Breaker>();

  const breakerOf = (id: string): Breaker => {
    const breaker = breakers.get(id) ?? createBreaker(breakerOptions);
    breakers.set(id, breaker);
    return breaker;
  };

  return {
    of: ({ tenantId, id, provider, baseUrl, remoteTenant, apiKeyCipher }) => {
      const apiKey = decrypted(secrets, apiKeyCipher, `${tenantId}/${id}/apiKey`);
      const client = createUpstreamClient({
        ...patience,
        provider,
        baseUrl,
        remoteTenant,
        apiKey,
        egress,
        budget,
        budgetKey: accountKey(baseUrl, apiKey),
        breaker: breakerOf(id),
      });
      return notingRefusals(client, { upstreamId: id, apiKeyCipher });
    },
    ofNew: (account) =>
      createUpstreamClient({
        ...patience,
        ...account,
        egress,
        budget,
        budgetKey: accountKey(account.baseUrl, account.apiKey),
        maxAttempts: 1,
      }),
  };
}

/** @throws UpstreamFailure UNAUTHORIZED where SECRET_KEY is not the one that it was encrypted with */
function decrypted(secrets: SecretBox, cipher: string, context: string): string {
  try {
    return secrets.decrypt(cipher, context);
  } catch (cause) {
    const message = 'The stored API key cannot be decrypted with this SECRET_KEY: give it anew';
    throw new UpstreamFailure({ kind: 'UNAUTHORIZED', message, cause });
  }
}

/** The same for all upstreams that use one account, whoever connected them: an API counts by key. */
function accountKey(baseUrl: string, apiKey: string): string {
  const origin = URL.canParse(baseUrl) ? new URL(baseUrl).origin : baseUrl;
  return createHash('sha256').update(`${origin} ${apiKey}`).digest('hex');
}

/** The client, whose failures tell the account where it was its key that was refused. */
function notingRefusals<Client extends UpstreamClient>(
  client: Client,
  account: NonNullable<UpstreamFailure['refusedKey']>,
): Client {
  return new Proxy(client, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (!(member instanceof Function)) return member;
      return async (...args: unknown[]) => {
        try {
          return await member.apply(target, args);
        } catch (err) {
          if (err instanceof UpstreamFailure && err.kind === 'UNAUTHORIZED') err.refusedKey = account;
          throw err;
        }
      };
    },
  });
}

/** An upstream's row with what its client needs; null where it is gone or being disconnected. */
export async function findUpstreamAccount(database: Database, tenantId: string, id: string) {
  const row = await database.prisma.upstream.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (row === null || row.isDisconnecting || row.provider === 'LOCAL') return null;
  return { ...row, provider: row.provider as UpstreamAccountRow['provider'] };
}
