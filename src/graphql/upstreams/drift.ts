import type { UpstreamDriftRow } from '../../domain/upstreams/drift.ts';
import { builder } from '../builder.ts';
import { Upstream } from '../refs.ts';
import { forAdmin } from './upstream.ts';

const UpstreamDriftKind = builder.enumType('UpstreamDriftKind', {
  description: 'How an answer differs from the published pages.',
  values: {
    UNKNOWN: { description: 'A field that is not documented. It is kept under `metadata`.' },
    MISSING: { description: 'A documented field that did not come.' },
    TYPE: { description: 'A field of another type, or with a value that is not documented.' },
  } as const,
});

const UpstreamDrift = builder.objectRef<UpstreamDriftRow>('UpstreamDrift').implement({
  description: "A difference between what an upstream's API documents and what it sends.",
  fields: (t) => ({
    resource: t.exposeString('resource', { description: 'What was read or written, `conversation.get`.' }),
    path: t.exposeString('path', { description: 'Where in the answer, `data[].summary.title`; without ids.' }),
    kind: t.expose('kind', { type: UpstreamDriftKind, description: 'In what way it differs.' }),
    expected: t.exposeString('expected', { nullable: true, description: 'What is documented; null where nothing is.' }),
    actual: t.exposeString('actual', { nullable: true, description: 'What came; null where nothing did.' }),
    count: t.expose('count', { type: 'SafeInt', description: 'Answers in which it was seen.' }),
    firstSeenAt: t.expose('firstSeenAt', { type: 'DateTime', description: 'When it was first seen.' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', description: 'When it was last seen.' }),
  }),
});

builder.objectField(Upstream, 'drift', (t) =>
  t.field({
    type: [UpstreamDrift],
    nullable: true,
    description:
      'How its answers differ from its published pages, most seen first; 500 differences at most. Needs the scope ' +
      '`admin`.',
    resolve: forAdmin((row, ctx) => ctx.loaders.upstreamDrift.load(row.id)),
  }),
);
