import { demoBaseUrl } from '../demo/seed.ts';
import { disconnectUpstream } from '../domain/upstreams/upstreams.ts';
import type { Command } from './command.ts';
import { asOperator } from './operator.ts';

export const demoCommands: readonly Command[] = [
  {
    name: 'demo remove',
    summary: 'Removes the demo accounts and their conversations; what you made yourself stays',
    positionals: [],
    options: {},
    run: async ({ app }) => {
      const accounts = await app.database.prisma.upstream.findMany({
        where: { baseUrl: { startsWith: demoBaseUrl }, isDisconnecting: false },
        select: { id: true, tenantId: true, name: true },
      });
      for (const { id, tenantId } of accounts) {
        await asOperator(app, tenantId, { action: 'demo remove', targetId: id }, (owner) =>
          disconnectUpstream(owner, id),
        );
      }
      return {
        data: { disconnected: accounts },
        text:
          accounts.length === 0
            ? 'There are no demo data.'
            : `${accounts.map(({ name }) => name).join(' and ')}: their conversations are being removed by the server, or when it next starts.`,
      };
    },
  },
];
