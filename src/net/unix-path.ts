/** A process that is killed leaves the path of its socket behind, and nobody could listen there again. */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';

/** Removes the path if it is that of a socket on which nobody listens; others are left for `listen` to complain of. */
export function removeStaleSocket(path: string): Promise<void> {
  return new Promise(resolve => {
    const socket = connect({ path }, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // What is no socket refuses as well.
      if (error.code === 'ECONNREFUSED' && isSocket(path)) unlinkSync(path);
      resolve();
    });
  });
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}
