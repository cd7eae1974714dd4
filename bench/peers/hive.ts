/**
 * Hive Gateway over both REST APIs: its runtime on node's server, as its documentation writes it. What it keeps and
 * batches by default it does here; it keeps no answers, which by default it does not either.
 */
import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { tellAddress } from './address.ts';

const supergraph = process.env['SUPERGRAPH'];
if (supergraph === undefined) throw new Error('SUPERGRAPH is not set');

tellAddress(createServer(createGatewayRuntime({ supergraph, logging: 'warn' })));
// It takes the signal to close itself, and node's server would go on.
process.once('SIGTERM', () => process.exit());
