/**
 * The limit: one hand-written statement a request, prepared, its JSON made by the database and passed on as it is, over
 * bare http. No graph, no keys, no limits: what is left is what any server must spend.
 */
import { createServer } from 'node:http';
import pg from 'pg';
import { tellAddress } from './address.ts';
import { createStatements } from './limit-statements.ts';
import { databaseUrl, poolSize } from './peer.ts';

const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize });
const tenantId = process.env['TENANT_ID'] ?? '';
const statements = createStatements(tenantId);

async function answer(body: string): Promise<string> {
  const { shape, ...given } = JSON.parse(body) as { shape: string };
  const statement = statements[shape];
  if (statement === undefined) throw new Error(`there is no ${shape}`);
  const { rows } = await pool.query<string[]>({
    name: shape,
    text: statement.text,
    values: statement.values(given),
    rowMode: 'array',
    types: { getTypeParser: () => (value: string) => value },
  });
  return rows[0]?.[0] ?? '{}';
}

tellAddress(
  createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', async () => {
      try {
        const json = await answer(body);
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
        response.end(json);
      } catch (err) {
        response.writeHead(500);
        response.end(String(err));
      }
    });
  }),
);
