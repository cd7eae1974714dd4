import path from 'node:path';
import { z } from 'zod';
import {
  address,
  flag,
  integer,
  matching,
  oneOf,
  origins,
  partsOf,
  share,
  storageLocation,
  text,
  traceHeaders,
  webBase,
} from './config-fields.ts';
import type { StorageLocation } from './storage/location.ts';
import type { S3Credentials } from './storage/s3.ts';

export type Config = {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** Without a slash at the end; null: from each request's host. */
  publicUrl: string | null;
  /** Absolute. */
  dataDir: string;
  /** Null: the embedded database in `dataDir`. */
  databaseUrl: string | null;
  redisUrl: string | null;
  storage: StorageLocation;
  s3Credentials: S3Credentials | null;
  /** Null: made once, kept in `dataDir`. */
  secretKey: string | null;
  /** Former ones, which are still accepted. */
  formerSecretKeys: readonly string[];
  bootstrapTenant: string;
  /** Null: made at the first start. */
  bootstrapApiKey: string | null;
  /** Null: where the embedded database is new. */
  isDemoWanted: boolean | null;
  summarizer: { kind: 'extractive' } | { kind: 'openai'; baseUrl: string; apiKey: string | null; model: string };
  /** 0: none. */
  requestsPerMinute: number;
  requestsPerDay: number;
  storageLimitBytes: bigint;
  maxUploadBytes: number;
  /** Memory for answers that are kept; 0: none is. */
  answerCacheBytes: number;
  eventRetentionHours: number;
  /** 0: there is no audit log. */
  auditRetentionDays: number;
  allowPrivateNetwork: boolean;
  corsOrigins: readonly string[];
  hasIntrospection: boolean;
  /** Files and folders with lists of documents, absolute. */
  persistedDocuments: readonly string[];
  isListOnly: boolean;
  /** What clients' own documents may take; 0: none are kept. */
  automaticDocumentsBytes: number;
  hasGraphiql: boolean;
  role: 'web' | 'worker' | 'all';
  /** Where traces go; null: there are none. */
  tracing: {
    /** Without a slash at the end. */
    endpoint: string;
    headers: Readonly<Record<string, string>>;
    serviceName: string;
    /** Of the traces that begin here, from 0 to 1. */
    ratio: number;
  } | null;
  /** What takes longer is logged; 0: nothing is. */
  slowStatementMs: number;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
};

/** What a deployment's own summaries are made by: `extractive`, or a model's name. */
export function generatorOf({ summarizer }: Config): string {
  return summarizer.kind === 'openai' ? summarizer.model : 'extractive';
}

/** The environment cannot be used: the message lists every variable that is wrong and what would be right. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const mebibyte = 1_048_576;
const maxInt = 2_147_483_647;

const environment = z.object({
  HOST: text,
  PORT: integer(4000, 0, 65_535),
  PUBLIC_URL: webBase,
  DATA_DIR: text,
  DATABASE_URL: address(['postgresql:', 'postgres:'], 'postgresql://user:password@host:5432/database'),
  REDIS_URL: address(['redis:', 'rediss:'], 'redis://host:6379'),
  STORAGE_URL: storageLocation,
  SECRET_KEY: matching(/^.{8,}$/s, 'at least 8 characters; better 32 bytes of chance: openssl rand -base64 32'),
  SECRET_KEY_PREVIOUS: text,
  BOOTSTRAP_TENANT: matching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, '1 to 63 of a-z, 0-9 and "-"'),
  BOOTSTRAP_API_KEY: matching(/^ak_[A-Za-z0-9_]{24,80}$/, '"ak_" followed by 24 to 80 of A-Z a-z 0-9 _'),
  DEMO_DATA: flag(null),
  SUMMARIZER: oneOf(['extractive', 'openai'], 'extractive'),
  OPENAI_BASE_URL: webBase,
  OPENAI_API_KEY: text,
  OPENAI_MODEL: text,
  REQUESTS_PER_MINUTE: integer(6_000, 0, maxInt),
  REQUESTS_PER_DAY: integer(1_000_000, 0, maxInt),
  STORAGE_LIMIT_MB: integer(1_024, 0, 1_000_000_000),
  MAX_UPLOAD_MB: integer(25, 1, 5_120),
  ANSWER_CACHE_MB: integer(64, 0, 1_000_000),
  EVENT_RETENTION_HOURS: integer(72, 1, 8_760),
  AUDIT_RETENTION_DAYS: integer(90, 0, 36_500),
  ALLOW_PRIVATE_NETWORK: flag(false),
  CORS_ORIGINS: origins,
  INTROSPECTION: flag(true),
  PERSISTED_DOCUMENTS: text,
  PERSISTED_DOCUMENTS_ONLY: flag(false),
  AUTOMATIC_DOCUMENTS_MB: integer(16, 0, 1_024),
  GRAPHIQL: flag(true),
  ROLE: oneOf(['all', 'web', 'worker'], 'all'),
  LOG_LEVEL: oneOf(['info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent'], 'info'),
  SLOW_STATEMENT_MS: integer(500, 0, 3_600_000),
  OTEL_EXPORTER_OTLP_ENDPOINT: webBase,
  OTEL_EXPORTER_OTLP_HEADERS: traceHeaders,
  OTEL_SERVICE_NAME: text,
  OTEL_TRACES_SAMPLER_ARG: share,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  AWS_SESSION_TOKEN: text,
});

type Environment = z.output<typeof environment>;

/**
 * Reads the variables of the gateway. Pure: what it does not know is left alone.
 * @throws ConfigError with all problems at once
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const result = environment.safeParse(env);
  const problems = (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}`);
  problems.push(...conflicts(env));
  if (!result.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(result.data);
}

/** What is wrong with the variables together. */
function conflicts(env: Readonly<Record<string, string | undefined>>): string[] {
  const has = (name: string) => (env[name] ?? '') !== '';
  const problems: string[] = [];
  if (has('DATABASE_URL') && !has('SECRET_KEY')) {
    problems.push(
      'SECRET_KEY is required with DATABASE_URL, the same on every server: make one with openssl rand -base64 32',
    );
  }
  if (/^s3:/i.test(env['STORAGE_URL'] ?? '')) {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (!has(name)) problems.push(`${name} is required with STORAGE_URL=s3://…`);
    }
  }
  if (/^(true|1)$/i.test(env['PERSISTED_DOCUMENTS_ONLY'] ?? '') && !has('PERSISTED_DOCUMENTS')) {
    problems.push('PERSISTED_DOCUMENTS is required with PERSISTED_DOCUMENTS_ONLY: the file or folder of the list');
  }
  if (env['SUMMARIZER']?.toLowerCase() === 'openai') {
    if (!has('OPENAI_BASE_URL')) {
      problems.push('OPENAI_BASE_URL is required with SUMMARIZER=openai, like https://api.openai.com/v1');
    }
    if (!has('OPENAI_MODEL')) problems.push('OPENAI_MODEL is required with SUMMARIZER=openai: the name of a model');
  }
  return problems;
}

function toConfig(env: Environment): Config {
  const dataDir = path.resolve(env.DATA_DIR ?? 'data');
  const accessKeyId = env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY;
  return {
    host: env.HOST ?? '127.0.0.1',
    port: env.PORT,
    publicUrl: env.PUBLIC_URL,
    dataDir,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    storage: env.STORAGE_URL ?? { kind: 'disk', folder: path.join(dataDir, 'files') },
    s3Credentials:
      accessKeyId === undefined || secretAccessKey === undefined
        ? null
        : {
            accessKeyId,
            secretAccessKey,
            ...(env.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: env.AWS_SESSION_TOKEN }),
          },
    secretKey: env.SECRET_KEY,
    formerSecretKeys: partsOf(env.SECRET_KEY_PREVIOUS),
    bootstrapTenant: env.BOOTSTRAP_TENANT ?? 'demo',
    bootstrapApiKey: env.BOOTSTRAP_API_KEY,
    isDemoWanted: env.DEMO_DATA,
    summarizer:
      env.SUMMARIZER === 'openai'
        ? {
            kind: 'openai',
            baseUrl: env.OPENAI_BASE_URL ?? '',
            apiKey: env.OPENAI_API_KEY ?? null,
            model: env.OPENAI_MODEL ?? '',
          }
        : { kind: 'extractive' },
    requestsPerMinute: env.REQUESTS_PER_MINUTE,
    requestsPerDay: env.REQUESTS_PER_DAY,
    storageLimitBytes: BigInt(env.STORAGE_LIMIT_MB) * BigInt(mebibyte),
    maxUploadBytes: env.MAX_UPLOAD_MB * mebibyte,
    answerCacheBytes: env.ANSWER_CACHE_MB * mebibyte,
    eventRetentionHours: env.EVENT_RETENTION_HOURS,
    auditRetentionDays: env.AUDIT_RETENTION_DAYS,
    allowPrivateNetwork: env.ALLOW_PRIVATE_NETWORK,
    corsOrigins: env.CORS_ORIGINS,
    hasIntrospection: env.INTROSPECTION,
    persistedDocuments: partsOf(env.PERSISTED_DOCUMENTS).map((place) => path.resolve(place)),
    isListOnly: env.PERSISTED_DOCUMENTS_ONLY,
    automaticDocumentsBytes: env.AUTOMATIC_DOCUMENTS_MB * mebibyte,
    hasGraphiql: env.GRAPHIQL,
    role: env.ROLE,
    tracing:
      env.OTEL_EXPORTER_OTLP_ENDPOINT === null
        ? null
        : {
            endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
            headers: env.OTEL_EXPORTER_OTLP_HEADERS,
            serviceName: env.OTEL_SERVICE_NAME ?? 'convograph',
            ratio: env.OTEL_TRACES_SAMPLER_ARG,
          },
    slowStatementMs: env.SLOW_STATEMENT_MS,
    logLevel: env.LOG_LEVEL,
  };
}
