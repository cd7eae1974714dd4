import { describe, expect, test } from 'vitest';
import { assertAllowedUrl, createEgress, isPublicAddress } from '../../../../src/lib/egress/egress.ts';

const policy = { allowPrivateNetwork: false };

const refusedHosts = [
  '127.0.0.1',
  '127.1',
  '127.0.0.1.',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '0',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '①②⑦.⓪.⓪.①',
  '[::]',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:a9fe:a9fe]',
  '[::7f00:1]',
  '[::ffff:0:7f00:1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::169.254.169.254]',
  '[64:ff9b:1::1]',
  '[2002:7f00:1::]',
  '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
  '[2001:db8::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[100::1]',
  '[4000::1]',
  'localhost',
  'LOCALHOST.',
  'db.localhost',
  'printer.local',
  'metadata.google.internal',
];

describe('the address table', () => {
  test.each(refusedHosts)('%s is refused, with and without a port', async (host) => {
    await using egress = createEgress(policy);
    for (const url of [`http://${host}/`, `https://${host}:8443/hook?x=1`]) {
      expect(() => assertAllowedUrl(url, policy)).toThrowError(expect.objectContaining({ kind: 'REFUSED_ADDRESS' }));
      await expect(egress.fetch(url)).rejects.toMatchObject({ kind: 'REFUSED_ADDRESS', requestSent: false });
    }
  });

  test.each([
    'https://api.aimychats.com/v1',
    'http://8.8.8.8:8080/x',
    'https://172.32.0.1/',
    'https://[2606:4700:4700::1111]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[64:ff9b::808:808]/',
  ])('%s is let through', (url) => {
    expect(assertAllowedUrl(url, policy).href).toContain('://');
  });

  test.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user:secret@example.com/',
    'https://user@example.com/',
    'example.com',
    'http://',
    '',
    'http://1.2.3.4.5/',
  ])('%s is no address for outgoing calls, private network allowed or not', (url) => {
    for (const allowPrivateNetwork of [true, false]) {
      expect(() => assertAllowedUrl(url, { allowPrivateNetwork })).toThrowError(
        expect.objectContaining({ kind: 'REFUSED_ADDRESS', message: expect.not.stringContaining('secret') }),
      );
    }
  });

  test('a private network that is allowed is let through, and one exempted address only itself', () => {
    expect(assertAllowedUrl('http://127.1:4010/x', { allowPrivateNetwork: true }).hostname).toBe('127.0.0.1');
    const exempting = { allowPrivateNetwork: false, allowedAddresses: ['10.0.0.5'] };
    expect(assertAllowedUrl('http://10.0.0.5/', exempting).hostname).toBe('10.0.0.5');
    expect(() => assertAllowedUrl('http://10.0.0.6/', exempting)).toThrowError(/private or reserved/);
  });

  test('what is not an address is not public', () => {
    expect(isPublicAddress('')).toBe(false);
    expect(isPublicAddress('example.com')).toBe(false);
    expect(isPublicAddress('fe80::1%eth0')).toBe(false);
  });
});
