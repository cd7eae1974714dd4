import { expect, test } from 'vitest';
import { createCors } from '../../../src/http/cors.ts';

const address = 'http://127.0.0.1:4000/graphql';
const preflightOf = (origin: string) =>
  new Request(address, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

/** CORS with a log that is kept. */
function startCors(origins: string[] = []) {
  const lines: string[] = [];
  const cors = createCors(origins, { warn: (_: unknown, line?: string) => void lines.push(String(line)) });
  return { cors, lines };
}

test('a refused origin is told once, in one line that says what to set', () => {
  const { cors, lines } = startCors(['https://app.example.com']);
  cors.preflight(preflightOf('http://localhost:5173'));
  cors.preflight(preflightOf('http://localhost:5173'));
  cors.preflight(preflightOf('https://app.example.com'));
  expect(lines).toEqual([
    'a page of http://localhost:5173 was refused: start with CORS_ORIGINS=https://app.example.com,http://localhost:5173 to let it call',
  ]);
});

test('a request that needs no preflight is told of too, where the browser says that another origin asks', () => {
  const { cors, lines } = startCors();
  const headers = { origin: 'http://localhost:5173', 'sec-fetch-mode': 'cors' };
  cors.apply(new Request(address, { headers: { ...headers, 'sec-fetch-site': 'same-origin' } }), new Headers());
  cors.apply(new Request(address, { headers: { origin: 'http://localhost:5173' } }), new Headers());
  expect(lines).toEqual([]);
  cors.apply(new Request(address, { headers: { ...headers, 'sec-fetch-site': 'same-site' } }), new Headers());
  expect(lines).toEqual([
    'a page of http://localhost:5173 was refused: start with CORS_ORIGINS=http://localhost:5173 to let it call',
  ]);
});

test('whoever sends ever new origins fills neither the log nor the memory', () => {
  const { cors, lines } = startCors();
  for (let at = 0; at < 1_000; at++) cors.preflight(preflightOf(`https://${'x'.repeat(400)}.${at}.example.com`));
  for (let at = 0; at < 1_000; at++) cors.preflight(preflightOf(`https://${at}.example.com`));
  expect(lines).toHaveLength(20);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(500);
});
