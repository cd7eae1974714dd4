import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * The secret kept in `file`: 32 bytes of chance, made where there is none, readable by its owner alone. Of processes
 * that start at once one makes it, and all get the same.
 */
export async function readOrMakeSecret(file: string): Promise<string> {
  const existing = await readSecret(file);
  if (existing !== null) return existing;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, file);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err;
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readSecret(file);
  if (made === null) throw new Error(`${file} could not be made`);
  return made;
}

async function readSecret(file: string): Promise<string | null> {
  try {
    const secret = (await readFile(file, 'utf8')).trim();
    if (secret === '')
      throw new Error(`${file} is empty: restore it, or remove it where nothing was encrypted with it`);
    return secret;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw err;
  }
}

const formerOf = (file: string) => `${file}.previous`;

/** Secrets that `file` held before, as `replaceSecret` kept them. */
export async function readFormerSecrets(file: string): Promise<string[]> {
  try {
    return (await readFile(formerOf(file), 'utf8')).split('\n').filter((line) => line !== '');
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw err;
  }
}

/**
 * Makes a new secret in `file`. The present one is first kept with the former ones: stopped at any moment, what was
 * encrypted before and after can be read. @returns the new secret
 */
export async function replaceSecret(file: string): Promise<string> {
  const present = await readOrMakeSecret(file);
  const former = [present, ...(await readFormerSecrets(file))];
  await writeWhole(formerOf(file), [...new Set(former)].join('\n'));
  const next = randomBytes(32).toString('base64url');
  await writeWhole(file, next);
  return next;
}

async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${text}\n`, { mode: 0o600, flush: true });
  await rename(draft, file);
}
