import type { Tx } from '../../database/database.ts';
import type { App, Caller } from '../app.ts';
import { ValidationError } from '../errors.ts';
import type { Provider } from '../providers.ts';
import { type Renewed, renewCipher } from '../renewal.ts';
import type { Unit } from '../unit-of-work.ts';

/** The credentials of upstreams: encrypted, and each account's once. */

/** Whoever else connects one of the tenant's accounts, or gives one another key, waits for this transaction. */
export async function lockAccounts({ tx }: Unit, { tenantId }: Caller): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM tenant WHERE id = ${tenantId} FOR NO KEY UPDATE`;
}

/** The same account twice would give every conversation twice. @throws ValidationError */
export async function refuseSecondTime(
  caller: Caller,
  reader: Tx,
  account: { id?: string; provider: Provider; baseUrl: string; remoteTenant: string | null; apiKey: string },
): Promise<void> {
  const { apiKey, id, provider, baseUrl, remoteTenant } = account;
  const rows = await reader.upstream.findMany({
    where: { tenantId: caller.tenantId, isDisconnecting: false, provider, baseUrl, remoteTenant },
    select: { id: true, apiKeyCipher: true },
  });
  const isSame = (row: { id: string; apiKeyCipher: string }) => {
    try {
      return row.id !== id && decryptFor(caller, row.id, 'apiKey', row.apiKeyCipher) === apiKey;
    } catch {
      // Encrypted with another SECRET_KEY: nobody can tell any more.
      return false;
    }
  };
  const same = rows.find(isSame);
  if (same !== undefined) {
    throw new ValidationError({ apiKey: [`This account is connected already, as ${same.id}`] });
  }
}

type SecretKind = 'apiKey' | 'webhookSecret';

export function encryptFor(caller: Caller, upstreamId: string, kind: SecretKind, text: string): string {
  return caller.app.secrets.encrypt(text, contextOf(caller.tenantId, upstreamId, kind));
}

/** A credential of an upstream, as it was given. @throws where SECRET_KEY is not the one it was encrypted with */
export function decryptFor(caller: Caller, upstreamId: string, kind: SecretKind, cipher: string): string {
  return caller.app.secrets.decrypt(cipher, contextOf(caller.tenantId, upstreamId, kind));
}

/** How many accounts there are, and how many of their keys this process' SECRET_KEY does not open. */
export async function countLocked({ database, secrets }: App): Promise<{ accounts: number; locked: number }> {
  const rows = await database.prisma.upstream.findMany({ select: { tenantId: true, id: true, apiKeyCipher: true } });
  const locked = rows.filter(({ tenantId, id, apiKeyCipher }) => {
    try {
      secrets.decrypt(apiKeyCipher, contextOf(tenantId, id, 'apiKey'));
      return false;
    } catch {
      return true;
    }
  });
  return { accounts: rows.length, locked: locked.length };
}

/** Encrypts all accounts' credentials with the present secret. `unreadable`: no secret that is given opens them. */
export async function renewCredentials(app: App): Promise<Renewed> {
  const { upstream } = app.database.prisma;
  const rows = await upstream.findMany({
    select: { tenantId: true, id: true, apiKeyCipher: true, webhookSecretCipher: true },
  });
  const renewed: Renewed = { renewed: 0, unreadable: 0 };
  for (const { tenantId, id, apiKeyCipher, webhookSecretCipher } of rows) {
    // Only where it is still what was read: one that is given anew meanwhile is encrypted anew anyway.
    await renewCipher(app, renewed, apiKeyCipher, contextOf(tenantId, id, 'apiKey'), (next) =>
      upstream.updateMany({ where: { tenantId, id, apiKeyCipher }, data: { apiKeyCipher: next } }),
    );
    if (webhookSecretCipher === null) continue;
    await renewCipher(app, renewed, webhookSecretCipher, contextOf(tenantId, id, 'webhookSecret'), (next) =>
      upstream.updateMany({ where: { tenantId, id, webhookSecretCipher }, data: { webhookSecretCipher: next } }),
    );
  }
  return renewed;
}

function contextOf(tenantId: string, upstreamId: string, kind: SecretKind): string {
  return `${tenantId}/${upstreamId}/${kind}`;
}
