import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { EgressError } from './error.ts';

export type AddressPolicy = {
  /** Lets calls go to loopback, private and other addresses that are not public. */
  allowPrivateNetwork: boolean;
  /** Single IP addresses that may be reached all the same. Default none. */
  allowedAddresses?: readonly string[];
};

/** Resolves a name to all of its addresses. Rejects as `dns.promises.lookup` does. */
export type ResolveHost = (hostname: string) => Promise<LookupAddress[]>;

export const resolveBySystem: ResolveHost = (hostname) => systemLookup(hostname, { all: true, order: 'verbatim' });

/** Names that stand for this machine or its own network wherever they are looked up. */
const localName = /(^|\.)(localhost|local|internal|home\.arpa)\.?$/i;

/** Public by number, yet answered by the host itself: the platform address of Azure's machines. */
const hostServices = new Set(['168.63.129.16']);

/**
 * Whether an IP address is out in the public internet: not loopback, private, link-local (with the cloud's metadata),
 * carrier-grade NAT, unique-local, multicast, unspecified, reserved or documentation. An IPv4 address inside an IPv6
 * one (mapped, NAT64) is judged as itself; other tunnels (6to4, Teredo) are not public. Not an address: false.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === 'unicast' && !hostServices.has(parsed.toString());
  if (parsed.zoneId) return false;
  if (parsed.isIPv4MappedAddress()) return isPublicAddress(parsed.toIPv4Address().toString());
  const [first = 0, second = 0, third = 0, ...rest] = parsed.parts;
  if (first === 0x64 && second === 0xff9b && third === 0 && rest.slice(0, 3).every((part) => part === 0)) {
    const [high = 0, low = 0] = parsed.parts.slice(6);
    return isPublicAddress([high >> 8, high & 255, low >> 8, low & 255].join('.'));
  }
  // Everything assigned as global unicast is in 2000::/3; ipaddr.js names the exceptions within it.
  return first >> 13 === 1 && parsed.range() === 'unicast';
}

/** Whether calls may go to this IP address. */
export function isAllowedAddress(address: string, policy: AddressPolicy): boolean {
  return policy.allowPrivateNetwork || isPublicAddress(address) || (policy.allowedAddresses ?? []).includes(address);
}

/**
 * Reads an address that somebody gave for outgoing calls: http or https, no user name or password in it, and, unless
 * private networks are allowed, neither an address that is not public (in any spelling: `127.1`, `2130706433`,
 * `[::ffff:7f00:1]`) nor a name that means this machine. What other names resolve to is checked when connecting.
 * @throws EgressError of kind REFUSED_ADDRESS, its message fit for whoever gave the address
 */
export function assertAllowedUrl(url: string | URL, policy: AddressPolicy): URL {
  const parsed = typeof url === 'string' ? (URL.canParse(url) ? new URL(url) : null) : url;
  if (parsed === null) throw refused('The address is not a valid URL: give one that begins with https://');
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw refused(`The address must begin with https:// or http://, not ${parsed.protocol}`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw refused('The address must not hold a user name or password');
  }
  if (policy.allowPrivateNetwork) return parsed;
  const hostname = bareHostname(parsed.hostname);
  if (isIP(hostname) ? !isAllowedAddress(hostname, policy) : localName.test(hostname)) throw refusedHost(hostname);
  return parsed;
}

/** The host of a URL without the brackets of IPv6. */
export function bareHostname(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** @throws EgressError where the name has no address, or any of its addresses must not be reached */
export async function resolveAllowed(
  hostname: string,
  resolve: ResolveHost,
  policy: AddressPolicy,
): Promise<LookupAddress[]> {
  const addresses = await resolve(hostname);
  if (addresses.length === 0) throw new EgressError('DNS', `The name ${hostname} has no address`);
  if (!addresses.every(({ address }) => isAllowedAddress(address, policy))) throw refusedHost(hostname);
  return addresses;
}

/**
 * A `lookup` for sockets: they connect to the very addresses that were checked, so a name that changes between check
 * and connection gains nothing. Sockets do not ask it for IP literals: those are to be checked beforehand.
 */
export function guardedLookup(resolve: ResolveHost, policy: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    resolveAllowed(hostname, resolve, policy).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) callback(null, addresses);
        else if (first) callback(null, first.address, first.family);
        else callback(new EgressError('DNS', `The name ${hostname} has no address`), '', 0);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 0),
    );
  };
}

function refused(message: string): EgressError {
  return new EgressError('REFUSED_ADDRESS', message);
}

/** What is said of an address in a network that calls must not reach. */
export function refusedHost(hostname: string): EgressError {
  return refused(`${hostname} is in a private or reserved network, which outgoing calls must not reach`);
}
