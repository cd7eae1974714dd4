import { requireScope } from '../../domain/caller.ts';
import { ValidationError } from '../../domain/errors.ts';
import { createExport, exportUrl, listExports } from '../../domain/exports/exports.ts';
import { builder } from '../builder.ts';
import { connectionOf, pageArgs } from '../connection.ts';
import { ConversationFilterInput } from '../conversations/filter.ts';
import { ExportFormatEnum, ExportStatusEnum } from '../enums.ts';
import { registerNode } from '../node.ts';
import { Export, Node } from '../refs.ts';

Export.implement({
  description: 'A document of conversations, made in the background.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "The export's id, `exp_…`." }),
    status: t.expose('status', {
      type: ExportStatusEnum,
      description: 'Whether it is being made, is there, failed, or is no longer kept.',
    }),
    format: t.expose('format', { type: ExportFormatEnum, description: 'What the document is.' }),
    progress: t.exposeFloat('progress', { description: 'How much of it is made, from 0 to 1.' }),
    conversationCount: t.exposeInt('conversationCount', {
      nullable: true,
      description: 'How many conversations it holds; null until it has completed.',
    }),
    size: t.expose('sizeBytes', {
      type: 'SafeInt',
      nullable: true,
      description: 'In bytes; null until it has completed.',
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

builder.queryFields((t) => ({
  export: t.field({
    type: Export,
    nullable: true,
    description: 'An export by its id.',
    args: { id: t.arg.id({ required: true, description: "The export's id, `exp_…`." }) },
    resolve: (_root, { id }, ctx) => {
      requireScope(ctx.caller, 'conversations:read');
      return ctx.loaders.export.load(id);
    },
  }),
  exports: t.field({
    type: ExportConnection,
    description: "The tenant's exports, newest first.",
    args: pageArgs,
    resolve: (_root, args, ctx) => listExports(ctx.caller, args),
  }),
}));

builder.relayMutationField(
  'createExport',
  {
    description: 'What is to be exported, and as what.',
    inputFields: (t) => ({
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
  },
  {
    description:
      'Has a document made of conversations, oldest first. Each is told as it is when it is written; one is never ' +
      'told twice. Nothing can be downloaded before the whole is there.',
    errors: { types: [ValidationError] },
    resolve: async (_root, { input }, ctx) => ({ export: await createExport(ctx.caller, input) }),
  },
  {
    description: 'The export was asked for.',
    outputFields: (t) => ({
      export: t.expose('export', {
        type: Export,
        description: 'PROCESSING; `exportStatusChanged` tells when it is done.',
      }),
    }),
  },
);
