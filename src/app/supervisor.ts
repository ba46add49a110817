/**
 * Runs an application as separate processes: a register, gateways and workers. It binds the listening sockets and hands
 * them down, so that several gateways share one port and a gateway that is started again finds it; it restarts what
 * crashes, the first time at once and then with growing pauses; and it leaves nobody behind when it is told to stop.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import * as net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { readKeys } from '../link/index.js';
import {
  type Address,
  type Endpoint,
  formatAddress,
  listenError,
  realClock,
  realDisk,
  realRandom,
  removeStaleSocket,
  socketMark,
  type Timer,
} from '../net/index.js';
import { errorText, FramegateError, type Logger } from '../protocol/index.js';
import { listenAddresses, registerAddresses } from './addresses.js';
import type { App } from './define-app.js';
import { isOwnHost } from './own-address.js';
import { askHandling, PATIENCE, waitingText } from './waiting.js';

export interface SupervisorOptions {
  readonly app: App;
  /** As given on the command line; children load it themselves. */
  readonly appFile: string;
  /** Where the control sockets of all are. */
  readonly runDir: string;
  /** The `gw` program. */
  readonly program: string;
  readonly logger: Logger;
  readonly logLevel: string;
  readonly gateways: number;
  readonly workers: number;
  readonly listen: readonly string[];
  readonly register?: readonly string[];
  readonly state?: string;
  /** Given on to all. */
  readonly keyFile?: string | undefined;
}

/** What a child says when it is ready. */
export interface ReadyMessage {
  readonly ready: true;
  readonly inner: string;
}

/** Said to every child. */
export const RELOAD_KEYS = { reload: 'keys' } as const;

/** Likewise, on SIGUSR2. */
export const SHOW_COUNTERS = { show: 'counters' } as const;

type ChildRole = 'register' | 'gateway' | 'worker';

/** starting -> ready -> (restarting -> starting ...) -> stopped */
interface Child {
  readonly role: ChildRole;
  readonly name: string;
  args: readonly string[];
  readonly fds: readonly number[];
  process: ChildProcess | undefined;
  startedAt: number;
  crashes: number;
  timer: Timer | undefined;
  becameReady: ((message: ReadyMessage) => void) | undefined;
  exited: (() => void) | undefined;
}

/** Where the register goes when nobody says: its own children are told. */
const ANY_PORT = 'tcp://127.0.0.1:0';
const STOP_WITHIN = 12_000;
const BACK_OFF_FIRST = 500;
const BACK_OFF_MOST = 30_000;
/** A process that has run so long has not failed to start. */
const HEALTHY = 60_000;

interface BoundHandle {
  readonly fd: number;
  getsockname(out: { port?: number }): number;
  close(): void;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children: Child[] = [];
  readonly #handles: BoundHandle[] = [];
  /** Of those in the file system: what tells them from others that take their path. */
  readonly #marks = new Map<BoundHandle, { readonly path: string; readonly mark: string | undefined }>();
  #addresses: Endpoint[] = [];
  #stage: 'starting' | 'running' | 'stopping' = 'starting';
  #failStart: ((error: FramegateError) => void) | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all processes are ready.
   * @throws FramegateError when one of them ends before that; it has said why on stderr.
   */
  async start(): Promise<{ readonly name: string; readonly address: string }[]> {
    const { app, gateways, workers, listen, register, keyFile } = this.#options;
    const keys = await readKeys(keyFile === undefined ? {} : { keyFile }, realDisk);
    const registers = registerAddresses(app, register, keys.length > 0, ANY_PORT);
    await this.#bind(listenAddresses(app, listen));
    const failed = new Promise<never>((_, reject) => {
      this.#failStart = reject;
    });
    failed.catch(() => {});
    const line = (await Promise.race([this.#launchRegisters(registers), failed])).flatMap(at => ['--register', at]);
    const { state } = this.#options;
    const workerLine = state === undefined ? line : [...line, '--state', state];
    const fds = this.#handles.map(h => h.fd);
    const starting: Promise<unknown>[] = [];
    // The same after a restart, and others than those of another supervisor.
    const tag = Buffer.from(realRandom.bytes(3)).toString('hex');
    for (let i = 1; i <= gateways; i++) {
      const gatewayLine = [...line, '--name', `g${tag}-${i}`];
      starting.push(this.#launch(this.#add('gateway', `gateway-${i}`, gatewayLine, fds)));
    }
    await Promise.race([Promise.all(starting), failed]);
    for (let i = 1; i <= workers; i++) starting.push(this.#launch(this.#add('worker', `worker-${i}`, workerLine, [])));
    await Promise.race([Promise.all(starting), failed]);
    for (const handle of this.#handles) {
      const path = this.#takenPath(handle);
      if (path !== undefined) throw listenError({ path }, 'EADDRINUSE');
    }
    this.#stage = 'running';
    return app.listeners.map((l, i) => ({ name: l.protocol.id, address: formatAddress(this.#addresses[i]!) }));
  }

  /** Those of this machine: others run on theirs. Returns the addresses of all. */
  #launchRegisters(registers: readonly Address[]): Promise<string[]> {
    const launched = registers.map(async (address, i) => {
      if (!isOwnHost(address.host)) return formatAddress(address);
      const name = registers.length === 1 ? 'register' : `register-${i + 1}`;
      const child = this.#add('register', name, ['--register', formatAddress(address)], []);
      const { inner } = await this.#launch(child);
      // Port 0 was any: from now on it is this one, also after a restart.
      child.args = this.#args('register', name, ['--register', inner], []);
      return inner;
    });
    return Promise.all(launched);
  }

  /** Clients are told first, then workers finish, then the register goes. */
  async stop(): Promise<void> {
    if (this.#stage === 'stopping') return;
    this.#stage = 'stopping';
    for (const child of this.#children) child.timer?.cancel();
    const patience = realClock.setTimer(PATIENCE, () => this.#sayWaiting());
    for (const role of ['gateway', 'worker', 'register'] as const) {
      await Promise.all(this.#children.filter(c => c.role === role).map(c => this.#end(c)));
    }
    patience.cancel();
    // With the handle goes its path, even where another has it by now; with the process goes the handle.
    for (const handle of this.#handles) if (this.#takenPath(handle) === undefined) handle.close();
  }

  /** The path of a socket that another has taken, between binding it and listening on it. */
  #takenPath(handle: BoundHandle): string | undefined {
    const bound = this.#marks.get(handle);
    return bound === undefined || socketMark(bound.path) === bound.mark ? undefined : bound.path;
  }

  async #sayWaiting(): Promise<void> {
    const workers = this.#children.filter(c => c.role === 'worker').map(c => c.process);
    const names = await askHandling(workers.filter(p => p?.connected === true) as ChildProcess[]);
    this.#options.logger.warn(waitingText(names));
  }

  /** Has all processes read their keys again, or show what they have counted. */
  tell(what: typeof RELOAD_KEYS | typeof SHOW_COUNTERS): void {
    for (const { process: child } of this.#children) if (child?.connected === true) child.send(what);
  }

  /** Without waiting for anything. */
  kill(): void {
    this.#stage = 'stopping';
    for (const child of this.#children) child.process?.kill('SIGKILL');
  }

  /** Of the processes that run, for tests and tools. */
  pids(role: ChildRole): number[] {
    return this.#children.filter(c => c.role === role).flatMap(c => c.process?.pid ?? []);
  }

  /** Binds without listening: whoever accepts is a gateway. */
  async #bind(addresses: readonly Endpoint[]): Promise<void> {
    // Not documented, but what `node:cluster` is made of: the only way to bind without accepting.
    const create = (net as unknown as { _createServerHandle?: (...args: unknown[]) => BoundHandle | number })
      ._createServerHandle;
    if (create === undefined) {
      const text = `Cannot hand down listening sockets with Node ${process.version}; start each role by itself with --role`;
      throw new FramegateError('FG_LISTEN', text);
    }
    for (const address of addresses) {
      if ('path' in address) await removeStaleSocket(address.path);
      const handle = create(...bindingOf(address));
      if (typeof handle === 'number') throw listenError(address, codeOf(handle));
      this.#handles.push(handle);
      if ('path' in address) this.#marks.set(handle, { ...address, mark: socketMark(address.path) });
      this.#addresses.push('path' in address ? address : { ...address, port: boundPort(handle, address) });
    }
  }

  #add(role: ChildRole, name: string, line: readonly string[], fds: readonly number[]): Child {
    const args = this.#args(role, name, line, fds);
    const child: Child = {
      role,
      name,
      args,
      fds,
      process: undefined,
      startedAt: 0,
      crashes: 0,
      timer: undefined,
      becameReady: undefined,
      exited: undefined,
    };
    this.#children.push(child);
    return child;
  }

  #args(role: ChildRole, name: string, line: readonly string[], fds: readonly number[]): string[] {
    const { appFile, runDir, logLevel, keyFile } = this.#options;
    // Descriptors 0 to 2 are the usual ones, 3 is the channel on which the child says that it is ready.
    const listen = fds.length === 0 ? [] : ['--listen-fd', ...fds.map((_, i) => String(i + 4))];
    const key = keyFile === undefined ? [] : ['--key-file', keyFile];
    return [
      'start',
      appFile,
      '--role',
      role,
      '--run-dir',
      runDir,
      '--as',
      name,
      '--log-level',
      logLevel,
      ...line,
      ...listen,
      ...key,
    ];
  }

  #launch(child: Child): Promise<ReadyMessage> {
    return new Promise(resolve => {
      child.becameReady = resolve;
      this.#spawn(child);
    });
  }

  #spawn(child: Child): void {
    child.startedAt = realClock.now();
    let spawned: ChildProcess;
    try {
      spawned = spawn(process.execPath, [...process.execArgv, this.#options.program, ...child.args], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...child.fds],
        // An interrupt at the terminal is for the supervisor, which then stops the others in order.
        detached: true,
      });
    } catch (error) {
      this.#exited(child, `cannot be run (${errorText(error)})`);
      return;
    }
    child.process = spawned;
    spawned.on('message', message => {
      if ((message as ReadyMessage | null)?.ready === true) child.becameReady?.(message as ReadyMessage);
    });
    spawned.on('error', error => {
      // Without a process there will be no exit. A process that cannot be told something has one.
      if (spawned.pid === undefined) this.#exited(child, `cannot be run (${error.message})`);
      else this.#options.logger.error(`Cannot talk to ${child.name}: ${error.message}`);
    });
    spawned.on('exit', (code, signal) => {
      const how = signal === null ? `ended with code ${code}` : `was killed by ${signal}`;
      this.#exited(child, how, spawned.pid);
    });
  }

  #exited(child: Child, how: string, pid?: number): void {
    child.process = undefined;
    child.exited?.();
    if (this.#stage === 'stopping') return;
    if (this.#stage === 'starting') {
      this.#failStart?.(new FramegateError('FG_APP', `Cannot start: ${child.name} ${how}`));
      return;
    }
    if (realClock.now() - child.startedAt > HEALTHY) child.crashes = 0;
    const pause = child.crashes === 0 ? 0 : Math.min(BACK_OFF_MOST, BACK_OFF_FIRST * 2 ** (child.crashes - 1));
    child.crashes++;
    const when = pause === 0 ? 'now' : `in ${pause / 1000} s`;
    const who = pid === undefined ? child.name : `${child.name} (pid ${pid})`;
    this.#options.logger.warn(`The ${who} ${how}; starting it again ${when}`);
    child.timer = realClock.setTimer(pause, () => this.#spawn(child));
  }

  #end(child: Child): Promise<void> {
    const { process: running } = child;
    if (running === undefined) return Promise.resolve();
    return new Promise(resolve => {
      const timer = realClock.setTimer(STOP_WITHIN, () => {
        this.#options.logger.warn(`The ${child.name} did not stop in time and is killed`);
        running.kill('SIGKILL');
      });
      child.exited = () => {
        timer.cancel();
        resolve();
      };
      running.kill('SIGTERM');
    });
  }
}

/** Address, port, kind of address, no descriptor, no flags: -1 where there is none. */
function bindingOf(address: Endpoint): [string, number, number, number, number] {
  if ('path' in address) return [address.path, -1, -1, -1, 0];
  const host = address.host === 'localhost' ? '127.0.0.1' : address.host;
  return [host, address.port, net.isIPv6(host) ? 6 : 4, -1, 0];
}

/** @throws FramegateError `FG_LISTEN`: a port in use shows only now. */
function boundPort(handle: BoundHandle, address: Address): number {
  const out: { port?: number } = {};
  const status = handle.getsockname(out);
  if (status !== 0) throw listenError(address, codeOf(status));
  return out.port ?? address.port;
}

function codeOf(status: number): string {
  return status < 0 ? getSystemErrorName(status) : `error ${status}`;
}
