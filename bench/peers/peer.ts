import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const given = process.env['DATABASE_URL'];
if (given === undefined) throw new Error('DATABASE_URL is not set');
export const databaseUrl: string = given;

/** As the product's. */
export const poolSize = 16;

/** Listens on a free port and prints it as the product does: whoever started the process waits for that. */
export function tellAddress(server: Server): void {
  server.listen(0, '127.0.0.1', () => tellPort((server.address() as AddressInfo).port));
}

export function tellPort(port: number): void {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
}
