/** Clients that come and stay: as many as are asked for in all, until the process ends. */
import type { Socket } from 'node:net';
import { arrive, type First } from './arrive.js';

export interface CrowdRequest {
  readonly port: number;
  readonly first: First;
  /** Clients that are to be there. */
  readonly clients: number;
}

/** Who is on the way at the same time. */
const AT_ONCE = 100;
const sockets: Socket[] = [];

async function grow({ port, first, clients }: CrowdRequest): Promise<void> {
  while (sockets.length < clients) {
    const begin = sockets.length;
    const batch = Array.from({ length: Math.min(AT_ONCE, clients - begin) }, (_, i) => arrive(port, first, begin + i));
    sockets.push(...(await Promise.all(batch)));
  }
}

process.on('message', (request: CrowdRequest) => {
  grow(request).then(
    () => process.send!({ clients: sockets.length }),
    (error: Error) => {
      process.stderr.write(`load: ${error.message}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
