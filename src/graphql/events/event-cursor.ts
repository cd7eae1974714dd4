import { encodeCursor } from '../../events/cursor.ts';
import { readLogBounds } from '../../events/log.ts';
import { builder } from '../builder.ts';

builder.queryField('eventCursor', (t) =>
  t.string({
    description:
      'Where the log of events ends: given as `after`, a subscription tells of everything that happens from here on, ' +
      'also of what happens before it begins.',
    resolve: async (_root, _args, { caller: { app, tenantId } }) =>
      encodeCursor(tenantId, (await readLogBounds(app.database, tenantId)).head),
  }),
);
