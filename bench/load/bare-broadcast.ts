/** What a broadcast is compared with: a loop of `socket.write` over all connections. */
import * as net from 'node:net';
import { echoFrame, TIMES } from './frames.js';

const frame = echoFrame();
const sockets = new Set<net.Socket>();
const server = net.createServer({ noDelay: true }, socket => {
  sockets.add(socket);
  socket.on('data', chunk => {
    // Whoever has an echo has been accepted.
    if (chunk[TIMES] === 0) socket.write(chunk);
    else for (let i = 0; i < chunk[TIMES]!; i++) for (const other of sockets) other.write(frame);
  });
  socket.on('close', () => sockets.delete(socket));
  socket.on('error', () => socket.destroy());
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.send!({ ready: true, inner: '' }));
for (const event of ['SIGTERM', 'disconnect'] as const) process.on(event, () => process.exit(0));
