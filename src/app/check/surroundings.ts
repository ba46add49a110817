/** What an application finds on its machine: open files, folders that it may write to, ports that are free. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, resolve } from 'node:path';
import { type Endpoint, formatAddress, listenError, type Net, pathProblem } from '../../net/index.js';
import { clientsOf } from '../open-files.js';
import type { Findings } from './findings.js';

/** @param clients that one gateway takes, all listeners together. */
export function checkOpenFiles(clients: number, most: number | undefined, findings: Findings): void {
  const room = clientsOf(most ?? Number.POSITIVE_INFINITY);
  if (clients <= room) return;
  const told = Number.isFinite(clients) ? clients.toLocaleString('en') : 'any number of';
  findings.warn(
    `A gateway takes ${told} clients, and a process may have ${most!.toLocaleString('en')} files open: more clients ` +
      `than there are files for are refused; raise it (ulimit -n, LimitNOFILE=), or lower "clients" in "limits" to ${room}`,
  );
}

/** A folder that is there can be written to; one that is not can be made. */
export async function checkFolder(folder: string, findings: Findings): Promise<void> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await stat(at).catch((error: NodeJS.ErrnoException) => error.code ?? 'ENOENT');
    if (found === 'ENOENT' && at !== dirname(at)) continue;
    const fail = (why: string): void =>
      findings.error(`Cannot keep anything in the state folder "${folder}": ${why}`, 'FG_DISK');
    if (typeof found === 'string' || !found.isDirectory())
      fail(`"${at}" is no folder that can be read; name another one`);
    else if (!(await may(at))) fail(`this user may not write to "${at}"; change its owner, or name another folder`);
    return;
  }
}

async function may(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Nobody else is there. A port is taken for a moment; a path only asked, as taking it would leave traces. */
export async function checkFree(where: Endpoint, net: Net, findings: Findings): Promise<void> {
  if ('port' in where) {
    if (where.port === 0) return;
    const listener = await findings.try(() => net.listen(where, () => ({ data() {}, ended() {}, closed() {} })));
    await listener?.close();
    return;
  }
  const problem = pathProblem(where.path);
  if (problem !== undefined) {
    findings.error(`Cannot listen on ${formatAddress(where)}: ${problem}`, 'FG_LISTEN');
  } else if (await answers(where.path)) {
    findings.error(listenError(where, 'EADDRINUSE').message, 'FG_LISTEN');
  } else if (!(await may(dirname(where.path)))) {
    findings.error(listenError(where, 'EACCES').message, 'FG_LISTEN');
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise(give => {
    const socket = connect({ path });
    const done = (answer: boolean): void => {
      socket.destroy();
      give(answer);
    };
    socket.on('connect', () => done(true));
    socket.on('error', () => done(false));
  });
}
