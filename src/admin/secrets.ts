import { renewAnswers } from '../domain/idempotency.ts';
import { renewCredentials } from '../domain/upstreams/credentials.ts';
import { renewWebhookSecrets } from '../domain/webhooks/webhooks.ts';
import type { Command } from './command.ts';

export const secretCommands: readonly Command[] = [
  {
    name: 'secret rotate',
    summary: 'Encrypts all kept credentials with the present SECRET_KEY; the secret in DATA_DIR is made anew first',
    positionals: [],
    options: {},
    run: async ({ app, renewSecret }) => {
      await renewSecret?.();
      const kinds = [await renewCredentials(app), await renewWebhookSecrets(app), await renewAnswers(app)];
      const renewed = kinds.reduce((sum, kind) => sum + kind.renewed, 0);
      const unreadable = kinds.reduce((sum, kind) => sum + kind.unreadable, 0);
      const lines = [
        renewSecret === null ? '' : 'DATA_DIR/secret is new, and the former one is kept in DATA_DIR/secret.previous.',
        `${renewed} credentials were encrypted anew with the present secret.`,
        unreadable === 0
          ? ''
          : `${unreadable} could not be read: give the SECRET_KEY that they were kept with as SECRET_KEY_PREVIOUS, and run this again.`,
      ];
      return {
        data: { isSecretNew: renewSecret !== null, renewed, unreadable },
        text: lines.filter((line) => line !== '').join('\n'),
        hasFailed: unreadable > 0,
      };
    },
  },
];
