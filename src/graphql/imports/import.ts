import { requireScope } from '../../domain/caller.ts';
import { ValidationError } from '../../domain/errors.ts';
import { createImport, listImports } from '../../domain/imports/imports.ts';
import { type ImportReport, maxReasons } from '../../domain/imports/report.ts';
import { builder } from '../builder.ts';
import { connectionOf, pageArgs } from '../connection.ts';
import { ImportStatusEnum } from '../enums.ts';
import { registerNode } from '../node.ts';
import { Import, Node } from '../refs.ts';

/** From a file that has come in to one that is stored. */
const uploadTimeoutMs = 15 * 60_000;

const LeftOut = builder.objectRef<ImportReport['reasons'][number]>('ImportLeftOut').implement({
  description: 'Something of a file that was not imported.',
  fields: (t) => ({
    place: t.exposeString('place', { description: 'Where it stands in the file: `line 12`, `#general`.' }),
    reason: t.exposeString('reason', { description: 'Why it was left out, in words fit for a user.' }),
  }),
});

Import.implement({
  description: 'A file whose conversations are read in, in the background; told of for thirty days.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id', { description: "The import's id, `imp_…`." }),
    status: t.expose('status', {
      type: ImportStatusEnum,
      description: 'Whether it is being read, was read, or could not be.',
    }),
    filename: t.exposeString('filename', { description: 'As uploaded, without any path.' }),
    size: t.expose('sizeBytes', { type: 'SafeInt', description: "The file's length in bytes." }),
    assistant: t.exposeString('assistant', {
      nullable: true,
      description: 'Who answers in a chat; null where nobody was named.',
    }),
    dryRun: t.exposeBoolean('isDryRun', {
      description: 'Whether nothing is changed: the counts say what an import would do.',
    }),
    progress: t.exposeFloat('progress', { description: 'How much of the file is read, from 0 to 1.' }),
    format: t.string({
      nullable: true,
      description: 'What the file was found to be, `CSV` or `WhatsApp`; null until something of it is read.',
      resolve: ({ report }) => report?.format ?? null,
    }),
    importedCount: t.int({
      description: 'How many conversations are new.',
      resolve: ({ report }) => report?.outcomes.IMPORTED ?? 0,
    }),
    messageCount: t.int({
      description: 'How many messages the new conversations have.',
      resolve: ({ report }) => report?.messages ?? 0,
    }),
    extendedCount: t.int({
      description: 'How many conversations were there, and got the messages that the file has more.',
      resolve: ({ report }) => report?.outcomes.EXTENDED ?? 0,
    }),
    unchangedCount: t.int({
      description: 'How many conversations were there already, as the file has them.',
      resolve: ({ report }) => report?.outcomes.UNCHANGED ?? 0,
    }),
    leftOutCount: t.int({
      description: 'How much of the file was left out: what cannot be read, and what is there and differs.',
      resolve: ({ report }) => report?.leftOut ?? 0,
    }),
    leftOut: t.field({
      type: [LeftOut],
      description: `What was left out and why, in the order of the file: the first ${maxReasons}.`,
      resolve: ({ report }) => report?.reasons ?? [],
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why it failed, in words fit for a user.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the file came in.' }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was done, or failed; null until then.',
    }),
  }),
});

registerNode('import', 'Import', ['conversations:read'], (ctx, id) => ctx.loaders.import.load(id));

const ImportConnection = connectionOf('Import', 'imports', Import);

builder.queryFields((t) => ({
  import: t.field({
    type: Import,
    nullable: true,
    description: 'An import by its id.',
    args: { id: t.arg.id({ required: true, description: "The import's id, `imp_…`." }) },
    resolve: (_root, { id }, ctx) => {
      requireScope(ctx.caller, 'conversations:read');
      return ctx.loaders.import.load(id);
    },
  }),
  imports: t.field({
    type: ImportConnection,
    description: "The tenant's imports of the last thirty days, newest first.",
    args: pageArgs,
    resolve: (_root, args, ctx) => listImports(ctx.caller, args),
  }),
}));

builder.relayMutationField(
  'importConversations',
  {
    description: 'A file with conversations, and how it is to be read.',
    inputFields: (t) => ({
      file: t.field({
        type: 'File',
        required: true,
        description:
          'CSV, JSON, JSONL or a ZIP as exported here, CSV or JSON as exported by Animam, JSONL with messages, chats of ' +
          'WhatsApp, Slack and ChatGPT, or an mbox. What it is, is told by what stands in it.',
      }),
      filename: t.string({ description: "The file's own name where this is not given. Any path in it is left out." }),
      assistant: t.string({
        description: 'Who answers in a chat; what the others write are questions. All ask where nobody is named.',
      }),
      dryRun: t.boolean({
        defaultValue: false,
        description: 'Says what would be done, and changes nothing.',
      }),
    }),
  },
  {
    description:
      'Has the conversations of a file read in, as LOCAL ones. The same file twice changes nothing: what is there stays, ' +
      'and gets the messages that the file has more. Sent by the GraphQL multipart request specification, with the ' +
      'header `graphql-require-preflight`.',
    errors: { types: [ValidationError] },
    resolve: async (_root, { input: { file, filename, assistant, dryRun } }, ctx) => ({
      import: await createImport(ctx.caller, {
        filename: filename ?? file.name,
        assistant,
        isDryRun: dryRun ?? false,
        stream: file.stream(),
        signal: AbortSignal.timeout(uploadTimeoutMs),
      }),
    }),
  },
  {
    description: 'The file came in, and is being read.',
    outputFields: (t) => ({
      import: t.expose('import', {
        type: Import,
        description: 'PROCESSING; `importStatusChanged` tells how far it is, and when it is done.',
      }),
    }),
  },
);
