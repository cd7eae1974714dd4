import { Readable } from 'node:stream';
import type { ImportedConversation } from '../domain/imports/import-conversation.ts';

/** What a file holds, one after the other: a conversation, or word of something that is none. */
export type FileItem = (
  | {
      conversation: ImportedConversation;
      /** What of it cannot be read, in words. */
      lacks?: string;
    }
  | { reason: string }
) & {
  /** Where it stands in the file, for people: `line 12`, `#general`, `conversation 3`. */
  place: string;
};

export type ReadOptions = {
  /** Whoever is called this in a chat answers: the others' words are questions. */
  assistant: string | null;
  /** Moved on as the file is read. */
  place?: ReadingPlace;
};

/** How far the reading of a file is; a ZIP file's bytes are counted as they are unpacked. */
export type ReadingPlace = { readBytes: number; totalBytes: number };

/** A file's bytes, counted as they pass. */
export function countBytes(source: Readable, place?: ReadingPlace): Readable {
  if (place === undefined) return source;
  async function* counted(at: ReadingPlace): AsyncGenerator<Uint8Array> {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      at.readBytes += chunk.byteLength;
      yield chunk;
    }
  }
  return Readable.from(counted(place), { objectMode: false });
}

/** Reads a file from its path. Memory does not grow with the file but with its longest conversation. */
export type FormatReader = (file: string, options: ReadOptions) => AsyncIterable<FileItem>;

/** The file cannot be read as what it seems to be. */
export class UnreadableFileError extends Error {
  override name = 'UnreadableFileError';
}

/** An instant out of a file: ISO 8601, or seconds since 1970; null where it is neither. */
export function readInstant(value: unknown): Date | null {
  if (typeof value === 'number' && Number.isFinite(value)) return new Date(value * 1_000);
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}/.test(value)) return null;
  const date = new Date(/[zZ]|[+-]\d{2}:?\d{2}$/.test(value) || value.length === 10 ? value : `${value}Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}

export const roles = {
  user: 'USER',
  assistant: 'ASSISTANT',
  system: 'SYSTEM',
  human: 'USER',
  ai: 'ASSISTANT',
} as const;

export function readRole(value: unknown): 'USER' | 'ASSISTANT' | 'SYSTEM' | null {
  return typeof value === 'string' ? (roles[value.toLowerCase() as keyof typeof roles] ?? null) : null;
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
