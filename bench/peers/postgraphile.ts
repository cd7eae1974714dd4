/** PostGraphile 5 over the same database, as its documentation writes it: the Amber preset, on node's server. */
import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { tellAddress } from './address.ts';
import { databaseUrl, poolSize } from './peer.ts';

const preset: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: databaseUrl, schemas: ['public'], poolConfig: { max: poolSize } })],
  grafserv: { graphqlPath: '/graphql', graphiql: false },
};

const serv = postgraphile(preset).createServ(grafserv);
const server = createServer();
server.on('error', (err) => {
  throw err;
});
await serv.addTo(server);
tellAddress(server);
