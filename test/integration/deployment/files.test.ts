import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../../src/config.ts';

const root = path.join(import.meta.dirname, '../../..');
const read = (name: string) => readFile(path.join(root, name), 'utf8');

type Service = {
  image?: string;
  command?: unknown;
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  deploy?: { replicas: number };
  read_only?: boolean;
  tmpfs?: string[];
  volumes?: string[];
};

/** With merge keys, as Compose reads it. */
const compose: {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  configs: Record<string, unknown>;
} = parse(await read('compose.yaml'), { merge: true });

/** As Compose puts values in: what is asked for with `:?` is given, `:-` takes what stands behind it. */
function interpolate(value: string, given: Record<string, string>): string {
  return value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind: string, rest: string) => {
    const found = given[name];
    if (found !== undefined) return found;
    if (kind === '-') return rest;
    throw new Error(`${name} is not given`);
  });
}

describe('the Dockerfile', async () => {
  const dockerfile = DockerfileParser.parse(await read('Dockerfile'));
  const instructions = dockerfile.getInstructions();
  const valuesOf = (keyword: string) =>
    instructions
      .filter((instruction) => instruction.getKeyword() === keyword)
      .map((instruction) => instruction.getArgumentsContent() ?? '');

  test('holds instructions alone that a builder knows', () => {
    const known = [
      'FROM',
      'WORKDIR',
      'COPY',
      'RUN',
      'ENV',
      'USER',
      'VOLUME',
      'EXPOSE',
      'STOPSIGNAL',
      'HEALTHCHECK',
      'CMD',
    ];
    for (const instruction of instructions) expect(known).toContain(instruction.getKeyword());
    expect(dockerfile.getFROMs().map((from) => from.getImage())).toEqual(['node:24-slim', 'node:24-slim']);
  });

  test('leaves out what is optional, which nothing that serves is', async () => {
    expect(valuesOf('RUN')[0]).toContain('npm prune --omit=dev --omit=optional');
    const { dependencies } = JSON.parse(await read('package.json'));
    const { packages } = JSON.parse(await read('package-lock.json'));
    const isLeftOut = (name: string) => {
      const { dev, optional, devOptional } = packages[`node_modules/${name}`];
      return dev === true || optional === true || devOptional === true;
    };
    expect(Object.keys(dependencies).filter(isLeftOut)).toEqual([]);
  });

  test('copies what is there, and leaves out what only this machine has', async () => {
    const sources = dockerfile
      .getCOPYs()
      .filter((copy) => copy.getFromFlag() === null)
      .flatMap((copy) =>
        copy
          .getArguments()
          .slice(0, -1)
          .map((argument) => argument.getValue()),
      );
    expect(sources).toContain('src');
    const sent = (await read('.dockerignore'))
      .split('\n')
      .map((line) => line.replace(/^!|\/$/g, '').replace(/\/$/, ''));
    for (const source of sources) {
      expect(existsSync(path.join(root, source)), source).toBe(true);
      expect(sent, source).toContain(source);
    }
  });

  test('runs the gateway as a user without rights, with a health check, and keeps data in one place', async () => {
    expect(valuesOf('USER')).toEqual(['node']);
    expect(valuesOf('VOLUME')).toEqual(['/data']);
    const [command = ''] = valuesOf('CMD');
    const start = JSON.parse(await read('package.json')).scripts.start;
    expect(JSON.parse(command).join(' ')).toBe(start);
    expect(valuesOf('HEALTHCHECK')[0]).toContain('/readyz');
  });
});

describe('compose.yaml', () => {
  const given = { SECRET_KEY: 'k'.repeat(44), DATABASE_PASSWORD: 'pw', STORAGE_SECRET: 'sk' };

  test('has two gateways that serve, one that works, and all they stand on', () => {
    const { services } = compose;
    expect(services['web']?.deploy?.replicas).toBe(2);
    expect(Object.keys(services).sort()).toEqual([
      'balancer',
      'bucket',
      'postgres',
      'redis',
      'storage',
      'web',
      'worker',
    ]);
    for (const { depends_on: parts = {} } of Object.values(services)) {
      for (const name of Object.keys(parts)) expect(services).toHaveProperty(name);
    }
    for (const volume of Object.values(services).flatMap((service) => service.volumes ?? [])) {
      expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '');
    }
  });

  test.each([
    ['web', 'web'],
    ['worker', 'worker'],
  ])('%s starts with variables that the gateway takes', (name, role) => {
    const service = compose.services[name];
    const environment = Object.fromEntries(
      Object.entries(service?.environment ?? {}).map(([key, value]) => [key, interpolate(String(value), given)]),
    );
    const config = parseConfig({ ...environment, DATA_DIR: '/data' });
    expect(config).toMatchObject({
      role,
      redisUrl: 'redis://redis:6379',
      storage: { kind: 's3', bucket: 'convograph' },
    });
    expect(config.databaseUrl).toBe('postgresql://convograph:pw@postgres:5432/convograph');
    expect(service?.read_only).toBe(true);
    expect(service?.tmpfs?.some((each) => each.startsWith('/data'))).toBe(true);
  });

  test('does not start without its secrets', () => {
    const environment = compose.services['web']?.environment ?? {};
    for (const name of ['SECRET_KEY', 'AWS_SECRET_ACCESS_KEY', 'DATABASE_URL']) {
      expect(() => interpolate(environment[name] ?? '', {})).toThrow('is not given');
    }
  });
});
