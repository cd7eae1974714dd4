import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
  } catch (err) {
    if (err instanceof ConfigError) return err.problems;
    throw err;
  }
  return [];
}

test('nothing needs to be set', () => {
  expect(parseConfig({})).toEqual({
    host: '127.0.0.1',
    port: 4000,
    publicUrl: null,
    dataDir: path.resolve('data'),
    databaseUrl: null,
    redisUrl: null,
    storage: { kind: 'disk', folder: path.resolve('data/files') },
    s3Credentials: null,
    secretKey: null,
    formerSecretKeys: [],
    bootstrapTenant: 'demo',
    bootstrapApiKey: null,
    isDemoWanted: null,
    summarizer: { kind: 'extractive' },
    requestsPerMinute: 6000,
    requestsPerDay: 1_000_000,
    storageLimitBytes: 1_073_741_824n,
    maxUploadBytes: 26_214_400,
    answerCacheBytes: 67_108_864,
    eventRetentionHours: 72,
    auditRetentionDays: 90,
    allowPrivateNetwork: false,
    corsOrigins: [],
    hasIntrospection: true,
    persistedDocuments: [],
    isListOnly: false,
    automaticDocumentsBytes: 16_777_216,
    hasGraphiql: true,
    role: 'all',
    tracing: null,
    slowStatementMs: 500,
    logLevel: 'info',
  });
});

test('a variable set to nothing is one that is not set', () => {
  expect(parseConfig({ PORT: '', DATABASE_URL: '', DEMO_DATA: '', CORS_ORIGINS: '' })).toEqual(parseConfig({}));
});

test('every variable is read', () => {
  const config = parseConfig({
    HOST: '0.0.0.0',
    PORT: '0',
    PUBLIC_URL: 'https://gateway.example.com/chat/',
    DATA_DIR: '/var/lib/convograph',
    DATABASE_URL: 'postgresql://user:secret@db:5432/convograph',
    REDIS_URL: 'redis://cache:6379',
    STORAGE_URL: 's3://bucket/prefix?endpoint=http://127.0.0.1:9000&region=eu-west-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    SECRET_KEY: 'x'.repeat(32),
    SECRET_KEY_PREVIOUS: 'former one, another',
    BOOTSTRAP_TENANT: 'acme',
    BOOTSTRAP_API_KEY: `ak_${'a'.repeat(24)}`,
    DEMO_DATA: '1',
    SUMMARIZER: 'openai',
    OPENAI_BASE_URL: 'http://127.0.0.1:8080/v1/',
    OPENAI_MODEL: 'a-model',
    REQUESTS_PER_MINUTE: '0',
    REQUESTS_PER_DAY: '10',
    STORAGE_LIMIT_MB: '1',
    MAX_UPLOAD_MB: '2',
    ANSWER_CACHE_MB: '3',
    EVENT_RETENTION_HOURS: '1',
    AUDIT_RETENTION_DAYS: '0',
    ALLOW_PRIVATE_NETWORK: 'TRUE',
    CORS_ORIGINS: 'https://app.example.com, http://localhost:3000/',
    INTROSPECTION: 'false',
    PERSISTED_DOCUMENTS: '/etc/convograph/documents, more.json',
    PERSISTED_DOCUMENTS_ONLY: 'true',
    AUTOMATIC_DOCUMENTS_MB: '0',
    GRAPHIQL: '0',
    ROLE: 'web',
    LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20secret, x-team=one=two',
    OTEL_SERVICE_NAME: 'chats',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
    SLOW_STATEMENT_MS: '0',
  });
  expect(config).toEqual({
    host: '0.0.0.0',
    port: 0,
    publicUrl: 'https://gateway.example.com/chat',
    dataDir: '/var/lib/convograph',
    databaseUrl: 'postgresql://user:secret@db:5432/convograph',
    redisUrl: 'redis://cache:6379',
    storage: {
      kind: 's3',
      bucket: 'bucket',
      prefix: 'prefix',
      endpoint: 'http://127.0.0.1:9000',
      region: 'eu-west-1',
    },
    s3Credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    secretKey: 'x'.repeat(32),
    formerSecretKeys: ['former one', 'another'],
    bootstrapTenant: 'acme',
    bootstrapApiKey: `ak_${'a'.repeat(24)}`,
    isDemoWanted: true,
    summarizer: { kind: 'openai', baseUrl: 'http://127.0.0.1:8080/v1', apiKey: null, model: 'a-model' },
    requestsPerMinute: 0,
    requestsPerDay: 10,
    storageLimitBytes: 1_048_576n,
    maxUploadBytes: 2_097_152,
    answerCacheBytes: 3_145_728,
    eventRetentionHours: 1,
    auditRetentionDays: 0,
    allowPrivateNetwork: true,
    corsOrigins: ['https://app.example.com', 'http://localhost:3000'],
    hasIntrospection: false,
    persistedDocuments: ['/etc/convograph/documents', path.resolve('more.json')],
    isListOnly: true,
    automaticDocumentsBytes: 0,
    hasGraphiql: false,
    role: 'web',
    tracing: {
      endpoint: 'http://collector:4318',
      headers: { 'api-key': 'a secret', 'x-team': 'one=two' },
      serviceName: 'chats',
      ratio: 0.25,
    },
    slowStatementMs: 0,
    logLevel: 'debug',
  });
});

describe('a bad value is refused, by its variable', () => {
  test.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '4e3'],
    ['PORT', 'http'],
    ['PUBLIC_URL', 'gateway.example.com'],
    ['PUBLIC_URL', 'https://gateway.example.com/?a=b'],
    ['DATABASE_URL', 'mysql://db/convograph'],
    ['REDIS_URL', 'localhost:6379'],
    ['STORAGE_URL', 'gs://bucket'],
    ['SECRET_KEY', 'short'],
    ['BOOTSTRAP_TENANT', 'Not A Slug'],
    ['BOOTSTRAP_API_KEY', 'ak_short'],
    ['BOOTSTRAP_API_KEY', `sk_${'a'.repeat(30)}`],
    ['BOOTSTRAP_API_KEY', `ak_${'a'.repeat(81)}`],
    ['DEMO_DATA', 'yes'],
    ['SUMMARIZER', 'magic'],
    ['REQUESTS_PER_MINUTE', '2147483648'],
    ['STORAGE_LIMIT_MB', '1.5'],
    ['MAX_UPLOAD_MB', '0'],
    ['ANSWER_CACHE_MB', '-1'],
    ['EVENT_RETENTION_HOURS', '0'],
    ['AUDIT_RETENTION_DAYS', '-1'],
    ['ALLOW_PRIVATE_NETWORK', 'maybe'],
    ['CORS_ORIGINS', 'https://app.example.com/path'],
    ['CORS_ORIGINS', '*'],
    ['INTROSPECTION', '2'],
    ['PERSISTED_DOCUMENTS_ONLY', 'yes'],
    ['AUTOMATIC_DOCUMENTS_MB', '1025'],
    ['ROLE', 'queen'],
    ['LOG_LEVEL', 'loud'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'no-value'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ])('%s=%s', (name, value) => {
    const problems = problemsOf({ SECRET_KEY: 'x'.repeat(32), [name]: value });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });
});

test('all problems are told at once', () => {
  const problems = problemsOf({ PORT: 'x', ROLE: 'x', DATABASE_URL: 'postgresql://db/x', SUMMARIZER: 'openai' });
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
    'PORT',
    'ROLE',
    'SECRET_KEY',
    'OPENAI_BASE_URL',
    'OPENAI_MODEL',
  ]);
});

test('S3 without credentials names both variables', () => {
  const problems = problemsOf({ STORAGE_URL: 's3://bucket' });
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']);
});

test('a list that is to be the only one must be named', () => {
  expect(problemsOf({ PERSISTED_DOCUMENTS_ONLY: '1' })).toEqual([expect.stringMatching(/^PERSISTED_DOCUMENTS is req/)]);
});

test('a password in a bad address is not repeated', () => {
  expect(problemsOf({ DATABASE_URL: 'mysql://user:hunter2@db/x', SECRET_KEY: 'x'.repeat(32) }).join()).not.toContain(
    'hunter2',
  );
});
