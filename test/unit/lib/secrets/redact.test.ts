import { expect, test } from 'vitest';
import { redact } from '../../../../src/lib/secrets/redact.ts';

test('keys go from what another server said, ours and those that look like one', () => {
  const said = 'Incorrect API key provided: sk-secret123456\n(own-key), Authorization: Bearer abc.def';
  expect(redact(said, 'own-key')).toBe('Incorrect API key provided: *** (***), Authorization: Bearer ***');
  expect(redact('whsec_0123456 and ak_0123456', null)).toBe('*** and ***');
  expect(redact('x'.repeat(1_000), null)).toHaveLength(300);
  expect(redact('nothing to hide', '')).toBe('nothing to hide');
});
