/** What an application finds on its machine: open files, folders that it may write to, ports that are free. */
import { constants } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, resolve } from 'node:path';
import { checkRunDir, runDirOf, socketPath } from '../../control/index.js';
import { type Endpoint, formatAddress, listenError, type Net, pathProblem } from '../../net/index.js';
import { FramegateError } from '../../protocol/index.js';
import { clientsOf } from '../open-files.js';
import type { CheckOptions } from './check-app.js';
import { Findings } from './findings.js';

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

/** A file that is there can be written to; one that is not can be made, in a folder that is there: none is made for it. */
export async function checkFile(path: string, what: 'log' | 'pid', findings: Findings): Promise<void> {
  const fail = (why: string): void =>
    findings.error(
      `Cannot ${what === 'log' ? 'open' : 'write'} the ${what} file "${path}": ${why}; name another one with --${what}-file`,
      'FG_CONFIG',
    );
  const at = resolve(path);
  const found = await stat(at).catch(() => undefined);
  if (found?.isDirectory() === true) return fail('it is a folder');
  if (found !== undefined) {
    if (!(await may(at, constants.W_OK))) fail('this user may not write to it');
    return;
  }
  const folder = dirname(at);
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) fail(`there is no folder "${folder}"`);
  else if (!(await may(folder))) fail(`this user may not write to "${folder}"`);
}

/** Where the control sockets go: a process whose run dir was given ends without it, as does a supervisor; others go on. */
export async function checkRunDirs(
  { appFile, runDir, role, several }: CheckOptions,
  findings: Findings,
): Promise<void> {
  const given = runDir !== undefined && runDir !== '';
  if (appFile === undefined) return;
  const problems = new Findings();
  const dir = runDirOf(appFile, { given: runDir });
  await problems.try(() => socketPath(dir, several ? 'supervisor' : `${role ?? 'app'}-${LONGEST_PID}`));
  const found = await lstat(dir).catch(() => undefined);
  await problems.try(() => (found === undefined ? checkCanBeMade(dir) : void checkRunDir(dir)));
  for (const { text, code } of problems.all) {
    if (given || several) findings.error(text, code);
    else findings.warn(`Other gw commands will not find the process: ${text}`);
  }
}

/** Linux counts up to this. */
const LONGEST_PID = 4_194_304;

/** @throws FramegateError `FG_CONTROL` */
async function checkCanBeMade(dir: string): Promise<void> {
  let at = dirname(dir);
  while (!(await lstat(at).catch(() => undefined)) && at !== dirname(at)) at = dirname(at);
  const isFolder = (await stat(at).catch(() => undefined))?.isDirectory() === true;
  if (isFolder && (await may(at))) return;
  const why = isFolder ? `this user may not write to "${at}"` : `"${at}" is no folder`;
  throw new FramegateError('FG_CONTROL', `Cannot make the run dir "${dir}": ${why}; choose another one with --run-dir`);
}

async function may(path: string, what = constants.W_OK | constants.X_OK): Promise<boolean> {
  try {
    await access(path, what);
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
