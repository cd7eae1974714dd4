import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/** The least that can be done: bare `ws`, which sends the bytes that it is given to every socket. */
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const server = createServer((request, response) => {
  if (request.url === '/count') {
    response.end(String(sockets.clients.size));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const bytes = Buffer.concat(chunks);
    if (bytes.length > 0) for (const client of sockets.clients) client.send(bytes, { binary: false });
    response.end('ok');
  });
});
server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (client) => {
    // As a GraphQL server would: an acknowledgement, and nothing for the subscription itself.
    client.on('message', (data) => {
      if (String(data).includes('"connection_init"')) client.send('{"type":"connection_ack"}');
    });
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: addressOf() })));

function addressOf(): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
}
