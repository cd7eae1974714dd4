import {
  ChartColumn,
  Download,
  FileInput,
  Inbox,
  KeyRound,
  PlugZap,
  ScrollText,
  Webhook,
} from '../generated/icons.tsx';
import type { Icon } from '../ui/icon.tsx';

export type Place = { path: string; name: string; icon: Icon; key: string };

/** The console's pages, in the order of the navigation; `key` follows `g`. */
export const places: readonly Place[] = [
  { path: '/', name: 'Inbox', icon: Inbox, key: 'i' },
  { path: '/stats', name: 'Stats', icon: ChartColumn, key: 's' },
  { path: '/upstreams', name: 'Upstreams', icon: PlugZap, key: 'u' },
  { path: '/exports', name: 'Exports', icon: Download, key: 'e' },
  { path: '/imports', name: 'Imports', icon: FileInput, key: 'm' },
  { path: '/settings/webhooks', name: 'Webhooks', icon: Webhook, key: 'w' },
  { path: '/settings/keys', name: 'Keys', icon: KeyRound, key: 'k' },
  { path: '/settings/audit', name: 'Audit log', icon: ScrollText, key: 'a' },
];

/** Of these, on a phone, so many have a tab. */
export const tabCount = 4;

/** Whether an address belongs to a place; a conversation is read in the inbox. */
export function isAt(place: Place, path: string): boolean {
  if (place.path === '/') return path === '/' || path.startsWith('/conversations/');
  return path === place.path || path.startsWith(`${place.path}/`);
}
