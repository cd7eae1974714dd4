import { apis } from '../generated/apis.ts';
import type {
  ConversationSource,
  ConversationStatus,
  Provider,
  Sentiment,
  SummaryStyle,
} from '../generated/documents.ts';

/** The graph's enums in people's words. */
export const providerNames = {
  ...Object.fromEntries(apis.map(({ name, label }) => [name, label])),
  LOCAL: 'This gateway',
} as Record<Provider, string>;

/** The APIs that accounts may be at: `One, Two and Three`. */
export function apiNames(last: 'and' | 'or'): string {
  const type = last === 'and' ? 'conjunction' : 'disjunction';
  return new Intl.ListFormat('en', { type }).format(apis.map(({ label }) => label));
}

export const statusNames: Record<ConversationStatus, string> = {
  COMPLETED: 'Summarised',
  PROCESSING: 'Summarising',
  FAILED: 'Summary failed',
};
export const sourceNames: Record<ConversationSource, string> = {
  API: 'API',
  EMAIL: 'E-mail',
  WEB: 'Website',
  WHATSAPP: 'WhatsApp',
};
export const sentimentNames: Record<Sentiment, string> = {
  POSITIVE: 'Positive',
  NEUTRAL: 'Neutral',
  NEGATIVE: 'Negative',
};
export const styleNames: Record<SummaryStyle, string> = {
  CONCISE: 'Concise',
  DETAILED: 'Detailed',
  BULLETS: 'Bullet points',
};

const bytes = ['B', 'KB', 'MB', 'GB', 'TB'];

/** A size for people: `1.4 MB`. */
export function formatBytes(size: number): string {
  const power = size < 1 ? 0 : Math.min(bytes.length - 1, Math.floor(Math.log10(size) / 3));
  const value = size / 1_000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${bytes[power]}`;
}

const numbers = new Intl.NumberFormat();

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${numbers.format(count)} ${count === 1 ? one : many}`;
}

export function formatNumber(value: number): string {
  return numbers.format(value);
}

/** `840 ms`, `12 s`, `4 min 20 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
