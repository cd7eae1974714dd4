import { expect, test } from 'vitest';
import { UnsupportedError } from '../../../src/domain/errors.ts';
import {
  canDo,
  listNames,
  localProvider,
  type ProviderCapability,
  type ProviderDescription,
  requireCapability,
} from '../../../src/domain/providers.ts';

const describe = (name: string, capabilities: ProviderCapability[]): [string, ProviderDescription] => [
  name,
  {
    name,
    label: `The ${name}`,
    description: '',
    capabilities: new Set(capabilities),
    connection: { baseUrl: 'https://api.example.com', remoteTenant: null },
  },
];
const providers = new Map([describe('WRITER', ['CREATE', 'UPDATE']), describe('READER', ['WEBHOOKS'])]);

test('this gateway can do everything itself, and another API what it is described with', () => {
  expect(canDo(providers, localProvider, 'ATTACH')).toBe(true);
  expect(canDo(providers, 'WRITER', 'UPDATE')).toBe(true);
  expect(canDo(providers, 'WRITER', 'ATTACH')).toBe(false);
  expect(canDo(providers, 'NOBODY', 'UPDATE')).toBe(false);
});

test('what an API cannot do is refused in one wording, by its name for people', () => {
  const refusal = (provider: string, capability: ProviderCapability) => {
    try {
      requireCapability(providers, provider, capability);
    } catch (err) {
      return err;
    }
    return null;
  };
  expect(refusal('WRITER', 'UPDATE')).toBeNull();
  expect(refusal('READER', 'DELETE')).toEqual(new UnsupportedError('The READER conversations are read-only', 'READER'));
  expect(refusal('WRITER', 'ATTACH')).toEqual(new UnsupportedError('The WRITER takes no files', 'WRITER'));
});

test('what can be connected is told as a list, without LOCAL', () => {
  expect(listNames(providers)).toBe('WRITER or READER');
  expect(listNames(new Map([...providers, describe('THIRD', [])]))).toBe('WRITER, READER or THIRD');
});
