/** What the echo is compared with: Node's `net` sending back what it gets, without any protocol. */
import * as net from 'node:net';

const server = net.createServer({ noDelay: true }, socket => {
  socket.on('data', chunk => socket.write(chunk));
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as net.AddressInfo;
  process.stdout.write(`listening on tcp://127.0.0.1:${port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
