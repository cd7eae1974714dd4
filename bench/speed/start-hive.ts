import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { peerFile, type ServerProcess, startServer } from './processes.ts';
import { apiKey, type Bench, tenantSlug } from './seed.ts';
import { startProduct } from './start-product.ts';

const run = promisify(execFile);
const composer = path.join(import.meta.dirname, '../node_modules/@graphql-mesh/compose-cli/esm/bin.js');

/** Hive Gateway with the two APIs that it stands over, each a process of its own: the CPU measured is the gateway's alone. */
export async function startHive(bench: Bench): Promise<ServerProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-bench-'));
  const started: ServerProcess[] = [];
  const start = async (args: readonly string[], env: Record<string, string>) => {
    const server = await startServer(args, env);
    started.unshift(server);
    return server;
  };
  const stop = async () => {
    for (const server of started) await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const restApi = path.join(import.meta.dirname, 'rest-api.ts');
    const env = {
      AI_MY_CHATS_URL: (await start([restApi, 'ai-my-chats'], { BENCH: JSON.stringify(bench) })).url,
      AI_MY_CHATS_KEY: apiKey,
      ANIMAM_URL: (await start([restApi, 'animam'], { BENCH: JSON.stringify(bench) })).url,
      ANIMAM_KEY: apiKey,
      ANIMAM_TENANT: tenantSlug,
      SUPERGRAPH: path.join(folder, 'supergraph.graphql'),
    };
    await writeDescriptions(bench, folder);
    await run(process.execPath, [composer, '-c', peerFile('hive.mesh.config'), '-o', env.SUPERGRAPH], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    const gateway = await start([peerFile('hive')], env);
    return { ...gateway, stop };
  } catch (err) {
    await stop();
    throw err;
  }
}

/** The OpenAPI document of each API. Neither publishes one: they are the product's, which serves both as they are published. */
async function writeDescriptions(bench: Bench, folder: string): Promise<void> {
  const product = await startProduct(bench, 0);
  try {
    const response = await fetch(`${product.url}/openapi.json`);
    const document = (await response.json()) as { paths: Record<string, unknown> };
    const write = async (file: string, prefix: string) => {
      const paths = Object.fromEntries(Object.entries(document.paths).filter(([key]) => key.startsWith(prefix)));
      await writeFile(path.join(folder, file), JSON.stringify({ ...document, paths }));
    };
    await write('AI_MY_CHATS.json', '/v1/');
    await write('ANIMAM.json', '/tenants/');
  } finally {
    await product.stop();
  }
}
