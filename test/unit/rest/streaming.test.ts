import { expect, test } from 'vitest';
import { toBody } from '../../../src/rest/streaming.ts';

function counted(total: number) {
  const state = { made: 0, isEnded: false };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      while (state.made < total) {
        state.made++;
        yield new Uint8Array([state.made]);
      }
    } finally {
      state.isEnded = true;
    }
  }
  return { state, chunks: chunks() };
}

test('a body is the whole of its source, in order', async () => {
  const { chunks } = counted(100);
  const bytes = await new Response(await toBody(chunks)).bytes();
  expect([...bytes]).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
});

test('an empty source makes an empty body', async () => {
  expect(await new Response(await toBody(counted(0).chunks)).text()).toBe('');
});

test('no more is made than is read, but for the first chunk; a reader that leaves ends the source', async () => {
  const { state, chunks } = counted(100);
  const reader = (await toBody(chunks)).getReader();
  expect(state.made).toBe(1);
  await reader.read();
  await reader.read();
  expect(state.made).toBe(2);
  await reader.cancel();
  expect(state).toEqual({ made: 2, isEnded: true });
});

test('a source that fails at once fails before there is a body; later, the body fails', async () => {
  async function* failing(after: number): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < after; i++) yield new Uint8Array(1);
    throw new Error('the database is away');
  }
  await expect(toBody(failing(0))).rejects.toThrow('the database is away');
  const body = await toBody(failing(1));
  await expect(new Response(body).text()).rejects.toThrow('the database is away');
});
