import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Encrypts and signs with keys derived from one secret, a key for each purpose. What former secrets encrypted and signed
 * is still read, as long as they are given.
 */
export type SecretBox = {
  /** AES-256-GCM with the present secret; the answer holds a fresh nonce, so equal texts give different answers. */
  encrypt(text: string, context: string): string;
  /** @throws where the text was altered, or encrypted with a secret that is not given or for another context */
  decrypt(cipher: string, context: string): string;
  /** The same text encrypted with the present secret; null where it is already. @throws as `decrypt` */
  renew(cipher: string, context: string): string | null;
  /** A key of 32 bytes for HMACs of one purpose, of the present secret. */
  signingKey(purpose: string): Buffer;
  /** Keys that a signature may have been made with, the present secret's first. */
  signingKeys(purpose: string): readonly Buffer[];
  /** Makes another secret the present one; what was present until now is a former one. */
  replace(secret: string): void;
  /** Tells deployments with the same secret from others, and gives nothing of it away. */
  readonly fingerprint: string;
};

const version = 'v1';

/** @param former secrets that were present before, in any order */
export function createSecretBox(secret: string, former: readonly string[] = []): SecretBox {
  let present = keysOf(secret);
  let earlier = former.filter((each) => each !== secret).map(keysOf);

  return {
    encrypt: (text, context) => encryptWith(present, text, context),
    decrypt: (cipher, context) => decryptWithAny([present, ...earlier], cipher, context),
    renew: (cipher, context) => {
      try {
        decryptWith(present, cipher, context);
        return null;
      } catch {
        return encryptWith(present, decryptWithAny(earlier, cipher, context), context);
      }
    },
    signingKey: (purpose) => present.derive(`sign:${purpose}`),
    signingKeys: (purpose) => [present, ...earlier].map((keys) => keys.derive(`sign:${purpose}`)),
    replace: (next) => {
      earlier = [present, ...earlier];
      present = keysOf(next);
    },
    get fingerprint() {
      return createHmac('sha256', present.encryption).update('fingerprint').digest('hex').slice(0, 16);
    },
  };
}

type Keys = { derive(purpose: string): Buffer; encryption: Buffer };

function keysOf(secret: string): Keys {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, 'convograph', purpose, 32));
  return { derive, encryption: derive('encryption') };
}

function encryptWith({ encryption }: Keys, text: string, context: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', encryption, nonce).setAAD(Buffer.from(context));
  const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `${version}.${Buffer.concat([nonce, cipher.getAuthTag(), bytes]).toString('base64url')}`;
}

function decryptWith({ encryption }: Keys, cipher: string, context: string): string {
  const [found, payload = ''] = cipher.split('.');
  if (found !== version) throw new Error('encrypted by an unknown version');
  const bytes = Buffer.from(payload, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', encryption, bytes.subarray(0, 12));
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}

function decryptWithAny(all: readonly Keys[], cipher: string, context: string): string {
  let failure: unknown = new Error('there is no secret that it could have been encrypted with');
  for (const keys of all) {
    try {
      return decryptWith(keys, cipher, context);
    } catch (err) {
      failure = err;
    }
  }
  throw failure;
}
