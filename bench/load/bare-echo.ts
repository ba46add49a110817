/** What the echo is compared with: Node's `net` sending back what it gets, without any protocol. */
import * as net from 'node:net';

const server = net.createServer({ noDelay: true }, socket => {
  socket.on('data', chunk => socket.write(chunk));
  socket.on('error', () => socket.destroy());
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.send!({ ready: true, inner: '' }));
for (const event of ['SIGTERM', 'disconnect'] as const) process.on(event, () => process.exit(0));
