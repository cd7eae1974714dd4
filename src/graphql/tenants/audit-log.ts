import { type AuditRow, listAuditEntries } from '../../domain/audit/log.ts';
import { builder } from '../builder.ts';
import { connectionOf, pageArgs } from '../connection.ts';
import { AuditOutcomeEnum, AuditWayEnum } from '../enums.ts';
import { ApiKey } from './viewer.ts';

const AuditEntry = builder.objectRef<AuditRow>('AuditEntry').implement({
  description:
    'Who did what. It tells no content: neither what was written nor names, and no id but those that this gateway made.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The entry's id, `audit_…`." }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was done.' }),
    way: t.expose('way', { type: AuditWayEnum, description: 'By which way.' }),
    action: t.exposeString('action', {
      description:
        "What: a mutation's name (`createConversation`), a method and path of REST (`POST /v1/conversations`), an " +
        "operator's command (`key rotate`), `key used` and `key refused` (a key's first use and refusal of a UTC day), " +
        '`scope … refused` (a read that the key may not do; the first of a UTC day).',
    }),
    apiKey: t.field({
      type: ApiKey,
      nullable: true,
      description: "By which key; null for an operator's command.",
      resolve: ({ apiKeyId }, _args, ctx) => (apiKeyId === null ? null : ctx.loaders.apiKey.load(apiKeyId)),
    }),
    targetId: t.exposeID('targetId', {
      nullable: true,
      description:
        'What it was done to: the id of a conversation, key, upstream …, whether or not that is still there.',
    }),
    outcome: t.expose('outcome', { type: AuditOutcomeEnum, description: 'What became of it.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description:
        'Why it was not done: the name of the error (`ForbiddenError`, `ValidationError`, `UpstreamError` …), ' +
        '`Unavailable` or `InternalError`.',
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'Where it came from: the IP address of the other end of the connection, which may be a proxy.',
    }),
    forwardedFor: t.exposeString('forwardedFor', {
      nullable: true,
      description:
        'The IP address that the last proxy says it asks for (`X-Forwarded-For`). Without a proxy anybody may claim it.',
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: "The answer's `X-Request-Id`, which the log's lines about it bear as well.",
    }),
  }),
});

const AuditEntryConnection = connectionOf('AuditEntry', 'audit entries', AuditEntry);

const AuditFilterInput = builder.inputType('AuditFilter', {
  description: 'Which entries: those that each given field holds for.',
  fields: (t) => ({
    apiKeyId: t.id({ description: 'By this key.' }),
    targetId: t.id({ description: 'Done to this.' }),
    outcome: t.field({ type: AuditOutcomeEnum, description: 'With this outcome.' }),
    since: t.field({ type: 'DateTime', description: 'At this instant or later.' }),
    until: t.field({ type: 'DateTime', description: 'Before this instant.' }),
  }),
});

builder.queryFields((t) => ({
  auditLog: t.field({
    type: AuditEntryConnection,
    nullable: true,
    description:
      'Who wrote what and which keys were used and refused, newest first, for as long as this server keeps it ' +
      '(AUDIT_RETENTION_DAYS). Needs the scope `admin`.',
    args: {
      ...pageArgs,
      filter: t.arg({ type: AuditFilterInput, description: 'Which entries; all where not given.' }),
    },
    resolve: (_root, { filter, ...args }, ctx) => listAuditEntries(ctx.caller, filter ?? {}, args),
  }),
}));
