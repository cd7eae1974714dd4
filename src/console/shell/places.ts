import { Inbox, type LucideIcon } from 'lucide-react';

export type Place = { path: string; name: string; icon: LucideIcon; key: string };

/** The console's pages, in the order of the navigation; `key` follows `g`. */
export const places: readonly Place[] = [{ path: '/', name: 'Inbox', icon: Inbox, key: 'i' }];

/** Whether an address belongs to a place; a conversation is read in the inbox. */
export function isAt(place: Place, path: string): boolean {
  if (place.path === '/') return path === '/' || path.startsWith('/conversations/');
  return path === place.path || path.startsWith(`${place.path}/`);
}
