import type { App } from '../domain/app.ts';
import { type AiMyChatsApiOptions, createAiMyChatsApi } from './ai-my-chats/api.ts';
import { refuse as refuseAiMyChats } from './ai-my-chats/errors.ts';
import { createAnimamApi } from './animam/api.ts';
import { refuse as refuseAnimam } from './animam/errors.ts';
import { createDocs } from './docs.ts';
import type { RestMount } from './env.ts';
import { createOpenApi } from './openapi.ts';

type RestOptions = AiMyChatsApiOptions;

/**
 * Both REST APIs, their description and its page, by the paths that each serves; a path that ends with `/*` also
 * serves itself without that.
 */
export function createRestApi(app: App, options: RestOptions): Record<string, RestMount> {
  const aiMyChats = createAiMyChatsApi(app, options);
  const animam = createAnimamApi(app);
  return {
    '/v1/*': { fetch: aiMyChats.fetch, refuse: refuseAiMyChats },
    '/tenants/*': { fetch: animam.fetch, refuse: refuseAnimam },
    '/openapi.json': createOpenApi([aiMyChats, animam], app.settings.publicUrl),
    '/docs/*': createDocs(),
  };
}
