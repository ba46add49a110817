/** Sockets in the file system: a process that is killed leaves the path behind, and nobody could listen there again. */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';

/**
 * Removes the path if it is that of a socket on which nobody listens; others are left for `listen` to complain of.
 * @param age milliseconds since when it must have been there: whoever does not want the path for himself must not take it from one who has
 * bound it and does not listen yet
 */
export function removeStaleSocket(path: string, age = 0): Promise<void> {
  const before = look(path);
  return new Promise(resolve => {
    const socket = connect({ path }, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // What is no socket refuses as well, and what has refused may be gone by now, and another in its place.
      const there = look(path);
      const isSame = there?.isSocket() === true && there.ino === before?.ino && there.mtimeMs === before.mtimeMs;
      if (error.code === 'ECONNREFUSED' && isSame && Date.now() - there.mtimeMs >= age) remove(path);
      resolve();
    });
  });
}

/** Tells this socket from another that takes its path later; `undefined`: there is nothing. */
export function socketMark(path: string): string | undefined {
  const stats = look(path);
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}

/** What stands in the way of a socket there, where it can be seen. */
export function pathProblem(path: string): string | undefined {
  if (look(dirname(path)) === undefined) return 'there is no such folder';
  const there = look(path);
  return there === undefined || there.isSocket() ? undefined : 'there is something of this name that is no socket';
}

function look(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Where that is not allowed, `listen` says that the path is in use. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {}
}
