import type { Tx } from '../../database/database.ts';
import type { Caller } from '../app.ts';
import { ValidationError } from '../errors.ts';
import type { Provider } from '../providers.ts';
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
  return caller.app.secrets.encrypt(text, `${caller.tenantId}/${upstreamId}/${kind}`);
}

/** A credential of an upstream, as it was given. @throws where SECRET_KEY is not the one it was encrypted with */
export function decryptFor(caller: Caller, upstreamId: string, kind: SecretKind, cipher: string): string {
  return caller.app.secrets.decrypt(cipher, `${caller.tenantId}/${upstreamId}/${kind}`);
}
