import { createHash } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import type { Upstream } from '../../database/generated/client.ts';
import type { UpstreamCredentials } from '../../domain/app.ts';
import type { Egress } from '../../lib/egress/egress.ts';
import type { SecretBox } from '../../lib/secrets/secret-box.ts';
import { textProblem } from '../../lib/text.ts';
import { type Breaker, type BreakerOptions, createBreaker } from '../http/breaker.ts';
import type { RateBudget } from '../http/budget.ts';
import { UpstreamFailure } from '../http/failure.ts';
import type { UpstreamHttpOptions } from '../http/http.ts';
import type { UpstreamClient } from './client.ts';
import { getProvider, providers } from './registry.ts';

/** A connected account: an upstream's row, of an API that is registered. */
export type UpstreamAccount = Upstream;

export type UpstreamClients = {
  /**
   * The client of a connected account; all that use the same key share one budget. Its failures name the account.
   * @throws UpstreamFailure where the key cannot be used, or not be decrypted any more
   */
  of(account: AccountKey): UpstreamClient;
  /** A client of an account that is not connected yet. @throws UpstreamFailure where it cannot be used at all */
  ofNew(credentials: UpstreamCredentials): UpstreamClient;
  /** Requests that an account has left now; null where nothing is known of that here, or its key cannot be read. */
  budgetLeft(account: Pick<AccountKey, 'tenantId' | 'id' | 'baseUrl' | 'apiKeyCipher'>): number | null;
};

type AccountKey = Pick<UpstreamAccount, 'tenantId' | 'id' | 'provider' | 'baseUrl' | 'remoteTenant' | 'apiKeyCipher'>;

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
    of: ({ tenantId, id, provider, baseUrl, remoteTenant, apiKeyCipher }) =>
      namingFailures({ provider, refusedKey: { upstreamId: id, apiKeyCipher } }, () => {
        const apiKey = decrypted(secrets, apiKeyCipher, `${tenantId}/${id}/apiKey`);
        const budgetKey = accountKey(baseUrl, apiKey);
        const shared = { egress, budget, budgetKey, breaker: breakerOf(id) };
        return getProvider(provider).createClient({ ...patience, baseUrl, remoteTenant, apiKey, ...shared });
      }),
    ofNew: ({ provider, baseUrl, remoteTenant, apiKey }) =>
      namingFailures({ provider, refusedKey: null }, () => {
        const shared = { egress, budget, budgetKey: accountKey(baseUrl, apiKey), maxAttempts: 1 };
        return getProvider(provider).createClient({ ...patience, baseUrl, remoteTenant, apiKey, ...shared });
      }),
    budgetLeft: ({ tenantId, id, baseUrl, apiKeyCipher }) => {
      try {
        return budget.left(accountKey(baseUrl, decrypted(secrets, apiKeyCipher, `${tenantId}/${id}/apiKey`)));
      } catch (err) {
        if (err instanceof UpstreamFailure) return null;
        throw err;
      }
    },
  };
}

/**
 * @throws UpstreamFailure LOCKED where SECRET_KEY is not the one that it was encrypted with: that says nothing of the
 *   key, which another server of the deployment, or the next start, can read
 */
function decrypted(secrets: SecretBox, cipher: string, context: string): string {
  try {
    return secrets.decrypt(cipher, context);
  } catch (cause) {
    const message =
      'The stored API key cannot be decrypted with this SECRET_KEY: start with the one that it was kept with, or give the key anew';
    throw new UpstreamFailure({ kind: 'LOCKED', message, cause });
  }
}

/** The same for all upstreams that use one account, whoever connected them: an API counts by key. */
function accountKey(baseUrl: string, apiKey: string): string {
  const origin = URL.canParse(baseUrl) ? new URL(baseUrl).origin : baseUrl;
  return createHash('sha256').update(`${origin} ${apiKey}`).digest('hex');
}

/** A client whose failures, from its making on, tell whose they are, and which key it was that was refused. */
function namingFailures(whose: Pick<UpstreamFailure, 'provider' | 'refusedKey'>, create: () => UpstreamClient) {
  const named = (err: unknown) => {
    if (!(err instanceof UpstreamFailure)) return err;
    err.provider = whose.provider;
    if (err.kind === 'UNAUTHORIZED') err.refusedKey = whose.refusedKey;
    return err;
  };
  try {
    return new Proxy(create(), {
      get: (client, name) => {
        const member: unknown = Reflect.get(client, name);
        if (!(member instanceof Function)) return member;
        return async (...args: unknown[]) => {
          try {
            return await member.apply(client, args);
          } catch (err) {
            throw named(err);
          }
        };
      },
    });
  } catch (err) {
    throw named(err);
  }
}

/** Null where it is gone or being disconnected, or of an API that is not registered any more. */
export async function findUpstreamAccount(
  database: Pick<Database, 'prisma'>,
  tenantId: string,
  id: string,
): Promise<UpstreamAccount | null> {
  const row =
    textProblem(id) === null
      ? await database.prisma.upstream.findUnique({ where: { tenantId_id: { tenantId, id } } })
      : null;
  return row === null || row.isDisconnecting || !providers.has(row.provider) ? null : row;
}
