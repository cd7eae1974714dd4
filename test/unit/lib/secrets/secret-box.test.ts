import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSecretBox } from '../../../../src/lib/secrets/secret-box.ts';
import { readFormerSecrets, readOrMakeSecret, replaceSecret } from '../../../../src/lib/secrets/secret-file.ts';

test('what a former secret encrypted is read and renewed, by boxes that know it alone', () => {
  const cipher = createSecretBox('old secret').encrypt('words', 'here');
  expect(() => createSecretBox('new secret').decrypt(cipher, 'here')).toThrow();
  const both = createSecretBox('new secret', ['other secret', 'old secret']);
  expect(both.decrypt(cipher, 'here')).toBe('words');
  expect(() => both.decrypt(cipher, 'elsewhere')).toThrow();
  const renewed = both.renew(cipher, 'here') ?? '';
  expect(createSecretBox('new secret').decrypt(renewed, 'here')).toBe('words');
  expect(both.renew(renewed, 'here')).toBeNull();
  expect(() => createSecretBox('new secret').renew(cipher, 'here')).toThrow();
});

test('signing goes by the present secret, checking by all', () => {
  const both = createSecretBox('new secret', ['old secret']);
  expect(both.signingKey('files')).toEqual(createSecretBox('new secret').signingKey('files'));
  expect(both.signingKeys('files')).toContainEqual(createSecretBox('old secret').signingKey('files'));
  expect(both.signingKeys('files')).not.toContainEqual(createSecretBox('old secret').signingKey('other'));
});

test('a box goes on with another secret and still reads what it encrypted before', () => {
  const box = createSecretBox('old secret');
  const cipher = box.encrypt('words', 'here');
  const { fingerprint } = box;
  box.replace('new secret');
  expect(box.fingerprint).not.toBe(fingerprint);
  expect(box.decrypt(cipher, 'here')).toBe('words');
  expect(createSecretBox('new secret').decrypt(box.encrypt('more', 'here'), 'here')).toBe('more');
});

test('a file gets a new secret and keeps every former one, for its owner alone', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'secret-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'secret');
  const first = await readOrMakeSecret(file);
  expect(await readFormerSecrets(file)).toEqual([]);
  const second = await replaceSecret(file);
  const third = await replaceSecret(file);
  expect(new Set([first, second, third]).size).toBe(3);
  expect(await readOrMakeSecret(file)).toBe(third);
  expect(await readFormerSecrets(file)).toEqual([second, first]);
  expect((await readFile(file, 'utf8')).trim()).toBe(third);
  for (const each of [file, `${file}.previous`]) expect((await stat(each)).mode & 0o777).toBe(0o600);
});
