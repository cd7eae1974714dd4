const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** Whether a name or an address is this machine's own. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Whether a browser on this machine asked, by a name of this machine: not through a proxy, nor by a name that was
 * bent to here. Only such a page is handed the demo's key.
 */
export function isFromHere(headers: Headers): boolean {
  const host = URL.parse(`http://${headers.get('host') ?? ''}`)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  return isLoopback(host) && proxyHeaders.every((name) => !headers.has(name));
}
