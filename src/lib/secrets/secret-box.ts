import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts and signs with keys derived from one secret, a key for each purpose. */
export type SecretBox = {
  /** AES-256-GCM; the answer holds a fresh nonce, so equal texts give different answers. */
  encrypt(text: string, context: string): string;
  /** @throws where the text was altered, or encrypted with another secret or for another context */
  decrypt(cipher: string, context: string): string;
  /** A key of 32 bytes for HMACs of one purpose. */
  signingKey(purpose: string): Buffer;
  /** Tells deployments with the same secret from others, and gives nothing of it away. */
  fingerprint: string;
};

const version = 'v1';

export function createSecretBox(secret: string): SecretBox {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, 'convograph', purpose, 32));
  const encryptionKey = derive('encryption');

  return {
    encrypt: (text, context) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', encryptionKey, nonce).setAAD(Buffer.from(context));
      const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${version}.${Buffer.concat([nonce, cipher.getAuthTag(), bytes]).toString('base64url')}`;
    },
    decrypt: (cipher, context) => {
      const [found, payload = ''] = cipher.split('.');
      if (found !== version) throw new Error('encrypted by an unknown version');
      const bytes = Buffer.from(payload, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', encryptionKey, bytes.subarray(0, 12));
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    },
    signingKey: (purpose) => derive(`sign:${purpose}`),
    fingerprint: createHmac('sha256', encryptionKey).update('fingerprint').digest('hex').slice(0, 16),
  };
}
