import type { TextStyle } from '../../lib/pdf/text.ts';

const rgb = (hex: string): string =>
  [0, 2, 4].map((at) => (Number.parseInt(hex.slice(at, at + 2), 16) / 255).toFixed(3)).join(' ');

export const colors = {
  ink: rgb('1f2933'),
  muted: rgb('697586'),
  line: rgb('dfe4ea'),
  panel: rgb('f5f7fa'),
  accent: rgb('2f5d8c'),
  positive: rgb('3e8e6b'),
  neutral: rgb('a3adb9'),
  negative: rgb('c05746'),
};

const style = (size: number, leading: number, weight: 400 | 600, color: string): TextStyle => ({
  size,
  leading,
  weight,
  color,
});

export const textStyles = {
  display: style(34, 42, 600, colors.ink),
  figure: style(22, 28, 600, colors.ink),
  heading: style(20, 28, 600, colors.ink),
  title: style(14, 19, 600, colors.ink),
  lead: style(11.5, 17, 400, colors.muted),
  body: style(9.5, 14.2, 400, colors.ink),
  small: style(8, 11.5, 400, colors.muted),
  label: style(8, 14.2, 600, colors.muted),
  user: style(8.5, 14.2, 600, colors.ink),
  assistant: style(8.5, 14.2, 600, colors.accent),
} satisfies Record<string, TextStyle>;

const numbers = new Intl.NumberFormat('en');
const dayFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const monthFormat = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

export const formatNumber = (value: number): string => numbers.format(value);
export const formatDay = (date: Date): string => dayFormat.format(date);
export const formatMonth = (date: Date): string => monthFormat.format(date);
export const formatTime = (date: Date): string => time.format(date);

export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1024) return `${sizeBytes} bytes`;
  if (sizeBytes < 1024 * 1024) return `${(sizeBytes / 1024).toFixed(0)} KB`;
  return `${(sizeBytes / 1024 / 1024).toFixed(1)} MB`;
}

const valueWords: Record<string, string> = {
  EMAIL: 'Email',
  WHATSAPP: 'WhatsApp',
  API: 'API',
  WEB: 'Web',
};

/** A value of the graph in words: `WHATSAPP` is `WhatsApp`, `POSITIVE` is `Positive`. */
export function inWords(value: string): string {
  return valueWords[value] ?? value.charAt(0) + value.slice(1).toLowerCase().replaceAll('_', ' ');
}
