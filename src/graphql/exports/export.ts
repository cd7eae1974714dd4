import { requireScope } from '../../domain/caller.ts';
import { createExport, type ExportRow, exportUrl, listExports } from '../../domain/exports/exports.ts';
import { builder } from '../builder.ts';
import { connectionOf, pageArgDescriptions } from '../connection.ts';
import { ConversationFilterInput } from '../conversations/filter.ts';
import { ExportFormatEnum, ExportStatusEnum } from '../enums.ts';
import { registerNode } from '../node.ts';
import { Export, Node } from '../refs.ts';
import { resultOf } from '../results.ts';

Export.implement({
  description: 'A document of conversations, made in the background.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: '`exp_…`.' }),
    status: t.field({ type: ExportStatusEnum, description: 'How far it is.', resolve: (row) => row.status }),
    format: t.field({ type: ExportFormatEnum, description: 'What the document is.', resolve: (row) => row.format }),
    progress: t.exposeFloat('progress', { description: '0 to 1.' }),
    conversationCount: t.exposeInt('conversationCount', {
      nullable: true,
      description: 'How many conversations it holds; null until it has completed.',
    }),
    size: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'In bytes; null until it has completed.',
      resolve: (row) => row.sizeBytes,
    }),
    downloadUrl: t.string({
      nullable: true,
      description: 'Signed; there once completed, until `expiresAt`.',
      resolve: (row, _args, ctx) => exportUrl(ctx.caller, row),
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Seven days after it was asked for.' }),
    error: t.exposeString('error', { nullable: true, description: 'Why it failed, in words fit for a user.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was asked for: it holds conversations made until then.',
    }),
  }),
});

registerNode('export', 'Export', ['conversations:read'], (ctx, id) => ctx.loaders.export.load(id));

const ExportConnection = connectionOf('Export', 'exports', Export);

const CreateExportInput = builder.inputType('CreateExportInput', {
  description: 'What is to be exported, and as what.',
  fields: (t) => ({
    format: t.field({ type: ExportFormatEnum, required: true, description: 'What the document is.' }),
    filter: t.field({
      type: ConversationFilterInput,
      description: 'Which conversations, as it holds when each is written; all where not given.',
    }),
    includeAttachments: t.boolean({
      defaultValue: false,
      description: 'Adds the files: the export is then a ZIP of the document and an `attachments/` folder.',
    }),
  }),
});

const CreateExportPayload = builder.objectRef<{ export: ExportRow }>('CreateExportPayload').implement({
  description: 'The export was asked for.',
  fields: (t) => ({
    export: t.field({
      type: Export,
      description: 'PROCESSING; `exportStatusChanged` tells when it is done.',
      resolve: (payload) => payload.export,
    }),
  }),
});

const createResult = resultOf('CreateExport', CreateExportPayload, ['ValidationError']);

builder.queryFields((t) => ({
  export: t.field({
    type: Export,
    nullable: true,
    description: 'An export by its id.',
    args: { id: t.arg.id({ required: true, description: '`exp_…`.' }) },
    resolve: (_root, { id }, ctx) => {
      requireScope(ctx.caller, 'conversations:read');
      return ctx.loaders.export.load(id);
    },
  }),
  exports: t.field({
    type: ExportConnection,
    description: "The tenant's exports, newest first.",
    args: {
      first: t.arg.int({ description: pageArgDescriptions.first }),
      after: t.arg.string({ description: pageArgDescriptions.after }),
    },
    resolve: (_root, args, ctx) => listExports(ctx.caller, args),
  }),
}));

builder.mutationField('createExport', (t) =>
  t.field({
    type: createResult.type,
    description:
      'Has a document made of conversations, oldest first. Each is told as it is when it is written; one is never ' +
      'told twice. Nothing can be downloaded before the whole is there.',
    args: { input: t.arg({ type: CreateExportInput, required: true, description: 'What, and as what.' }) },
    resolve: (_root, { input }, ctx) =>
      createResult.attempt(async () => ({ export: await createExport(ctx.caller, input) })),
  }),
);
