/** Who may import whom: each room of `src/` names what stands below it, and why. `npm run check` holds it. */
type Room = { may: string[]; because: string };

const core = ['lib', 'database', 'events', 'storage', 'domain'];
const domain = [...core, 'domain/conversations/**'];

/** From the ground up. A room may always import itself; a name stands for the room without the rooms inside it. */
const rooms: Record<string, Room> = {
  'lib/**': { may: [], because: 'it knows nothing of the project' },
  database: { may: ['lib'], because: 'it holds rows, and does not know what they mean' },
  storage: { may: ['lib'], because: 'it holds bytes, and does not know whose' },
  events: { may: ['lib', 'database'], because: 'a log of what happened, whatever that was' },
  'exports/**': { may: ['lib'], because: 'documents are made of records that it is handed' },
  domain: {
    may: [...core, 'domain/audit', 'domain/rate-limits'],
    because: 'its core knows callers, units of work and errors, no concept; a unit is told of in the audit log',
  },
  'domain/audit': { may: core, because: 'who did what, whatever it was' },
  'domain/rate-limits': { may: ['lib', 'database', 'domain'], because: 'it counts, whatever is asked for' },
  'domain/conversations/**': { may: core, because: 'every other concept is about conversations' },
  'domain/search': { may: domain, because: 'it finds conversations' },
  'domain/stats': { may: domain, because: 'it counts conversations' },
  'domain/exports': { may: [...domain, 'domain/stats', 'exports'], because: 'it gathers what a document is made of' },
  'domain/imports': {
    may: domain,
    because: 'it keeps conversations out of files, and word of the files; who reads them is a job',
  },
  'domain/upstreams': { may: domain, because: 'accounts and their state; who speaks to them is handed in' },
  'domain/tenants': {
    may: [...domain, 'domain/audit', 'domain/stats'],
    because: 'an account tells its usage; the uses of keys are audited',
  },
  'domain/webhooks': { may: [...domain, 'domain/tenants'], because: 'it tells others what became of all of these' },
  'domain/erasure': {
    may: [...domain, 'domain/exports', 'domain/imports'],
    because: 'what is erased is gone from all that tells of it',
  },
  'upstreams/http': { may: ['lib', 'database'], because: 'requests within a budget, to whichever API' },
  'upstreams/clients/**': {
    may: ['lib', 'database', 'domain', 'upstreams/http'],
    because: 'what an API says, as records; nothing is stored here but drift',
  },
  'upstreams/store': { may: [...domain, 'upstreams/clients'], because: 'records become rows' },
  'upstreams/conversation': {
    may: [...domain, 'domain/upstreams', 'upstreams/http', 'upstreams/clients', 'upstreams/store'],
    because: 'one conversation is read and stored',
  },
  'upstreams/sync': {
    may: [...domain, 'domain/upstreams', 'upstreams/http', 'upstreams/clients', 'upstreams/store'],
    because: 'whole accounts are read and stored; it does not know of writing through',
  },
  'upstreams/write-through': {
    may: [
      ...domain,
      'domain/upstreams',
      'upstreams/http',
      'upstreams/clients',
      'upstreams/store',
      'upstreams/conversation',
    ],
    because: 'writes go to the upstream first; it does not know of syncing',
  },
  summarizers: { may: ['lib'], because: 'text in, summary out' },
  'summarizers/extractive': { may: ['lib', 'summarizers'], because: 'text in, summary out' },
  'summarizers/openai': { may: ['lib', 'summarizers'], because: 'text in, summary out' },
  jobs: {
    may: [...core, 'domain/**', 'upstreams/**', 'exports/**', 'imports', 'summarizers'],
    because:
      'work that nobody waits for; files are read here, so that the graph, which takes them in, need not know how',
  },
  metrics: { may: [...core, 'jobs'], because: 'figures of what runs and of what is stored; it changes nothing' },
  'graphql/**': {
    may: [...core, 'domain/**', 'upstreams/clients/registry.ts'],
    because: 'the graph is a way to the domain; of upstreams it knows the list that its enum is made of, and no HTTP',
  },
  'rest/**': { may: [...core, 'domain/**', 'exports'], because: 'wire formats over the domain, nothing more' },
  'http/**': {
    may: [...core, 'domain/**', 'graphql', 'upstreams/conversation'],
    because: 'it serves what it is handed; the graph it serves itself',
  },
  'imports/**': {
    may: ['lib', 'domain', 'domain/imports', 'exports', 'summarizers'],
    because:
      'files become conversations, for an operator and for a job; which lines a chat program wrote itself, summaries know',
  },
  admin: {
    may: [...core, 'domain/**', 'jobs', 'demo', 'imports'],
    because: 'an operator does what callers may not, by the same functions',
  },
  'console/**': { may: [], because: 'it runs in a browser, and knows the graph by its documents alone' },
  demo: {
    may: [...domain, 'upstreams/clients', 'upstreams/store'],
    because: 'demo conversations come in as mirrored ones do',
  },
};

/** `src/a/b/` for a room `a/b`, with the rooms inside it where it ends with two stars; or a single file. */
function pathOf(room: string): string {
  if (room.endsWith('.ts')) return `^src/${room.replaceAll('.', '\\.')}$`;
  const name = room.replace('/**', '');
  // Small parts of lib, the wire formats' and the like are one room with what they lie in.
  const isDeep = room.endsWith('/**') || ['lib', 'upstreams/clients', 'exports', 'graphql', 'rest'].includes(name);
  return `^src/${name}/${isDeep ? '' : '[^/]+$'}`;
}

export default {
  forbidden: [
    { name: 'no circle', comment: 'also of types', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(rooms).map(([room, { may, because }]) => ({
      name: `${room} imports what is below it`,
      comment: because,
      severity: 'error',
      from: { path: pathOf(room) },
      to: { path: '^src/', pathNot: [pathOf(room), ...may.map(pathOf), '^src/database/generated/'] },
    })),
    {
      name: 'every room has its line',
      comment: 'a new folder of src/ is told of in this file',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: [...Object.keys(rooms).map(pathOf), '^src/database/generated/'] },
      to: {},
    },
    {
      name: 'src does not import tests',
      comment: 'what the product needs stands in src/',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'what is imported is named',
      comment: 'in package.json; what tests alone need, among devDependencies',
      severity: 'error',
      // The console is bundled when it is built: what it is made of is not needed where it is served.
      from: { path: '^src/', pathNot: '^src/console/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'what the console imports is named',
      comment: 'in package.json',
      severity: 'error',
      from: { path: '^src/console/', pathNot: '^src/console/generated/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/database/generated/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
