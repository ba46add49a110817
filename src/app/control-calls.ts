/** What processes of an application answer over their control sockets, beside what src/app/inspect and the supervisor add. */
import { isAbsolute } from 'node:path';
import type { ControlCalls } from '../control/index.js';
import { FramegateError } from '../protocol/index.js';
import { inspectCalls } from './inspect/calls.js';
import type { Running } from './roles.js';
import { type Spawned, spawnGw } from './supervisor/spawn.js';

/** What `hello` answers. */
export interface ProcessInfo {
  /** That of its control socket. */
  readonly name: string;
  readonly role: 'supervisor' | 'register' | 'gateway' | 'worker' | 'app';
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** It does its work: a worker has a gateway, a supervisor has all its processes running for the first time. */
  readonly ready: boolean;
  /** Where clients connect. */
  readonly listening: readonly { readonly name: string; readonly address: string }[];
  /** Where workers, or peers of a register, dial in; empty if nowhere. */
  readonly inner: string;
  /** Of a gateway or worker among all; empty for others. */
  readonly id: string;
  /** The registers that it was given on its command line. */
  readonly registers: readonly string[];
}

/** What `links` of a worker answers. */
export type LinkInfo = ReturnType<NonNullable<Running['worker']>['gateways']['states']>;

/** A process as its own calls see it. */
export interface OwnProcess {
  name: string;
  readonly role: ProcessInfo['role'];
  readonly startedAt: number;
  readonly registers: readonly string[];
  /** The `gw` that it is, and the bound sockets that it was given. */
  readonly program: string;
  readonly fds: readonly number[];
  /** Once it has begun: its socket is open before. */
  running: Running | undefined;
  ready: boolean;
  readonly whenReady: Promise<void>;
  /** Ends it in order, as SIGTERM does; resolves just before its end. */
  stop(within: number | undefined): Promise<readonly string[]>;
  rename(name: string): void;
  reloadKeys(): void;
  showCounters(): void;
  /** Has its log go on in this file. */
  log(path: string): void;
}

/** The calls of a process that runs a role. */
export function roleCalls(own: OwnProcess): ControlCalls {
  const hello = (): ProcessInfo => ({
    name: own.name,
    role: own.role,
    pid: process.pid,
    startedAt: own.startedAt,
    ready: own.ready,
    listening: own.running?.listening ?? [],
    inner: own.running?.inner ?? '',
    id: own.running?.gateway?.id ?? own.running?.worker?.id ?? '',
    registers: own.registers,
  });
  const siblings = new Map<number, Spawned>();
  return {
    hello,
    /** The same, as soon as it is ready. */
    ready: async () => {
      await own.whenReady;
      return hello();
    },
    handling: () => own.running?.worker?.handling() ?? [],
    ...inspectCalls(own),
    links: (): LinkInfo => own.running?.worker?.gateways.states() ?? [],
    /** `within`: milliseconds for handlers. */
    stop: async ({ within }) => {
      const unsettled = await own.stop(typeof within === 'number' ? within : undefined);
      return { unsettled };
    },
    rename: ({ name }) => {
      if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) throw new TypeError('"name" is no name');
      own.rename(name);
    },
    keys: () => own.reloadKeys(),
    counters: () => own.showCounters(),
    /** `file`: an absolute path; opened anew if it is the one in use, as one that was moved away has to be. */
    log: ({ file }) => {
      if (typeof file !== 'string' || !isAbsolute(file)) throw new TypeError('"file" is no absolute path');
      own.log(file);
    },
    /** A gateway has another one listen on its own sockets: who has not bound them has no other way. `line`: of `gw`. */
    spawn: ({ line }) => {
      if (!Array.isArray(line) || !line.every(word => typeof word === 'string'))
        throw new TypeError('"line" is no command');
      if (own.fds.length === 0) throw new FramegateError('FG_CONTROL', 'This process was given no sockets');
      const sibling = spawnGw(own.program, line, own.fds);
      if (sibling.pid !== undefined) siblings.set(sibling.pid, sibling);
      return { pid: sibling.pid ?? null };
    },
    /** How a process of that `pid`, which `spawn` has started, has ended; answered then. */
    ended: async ({ pid }) => {
      const how = await siblings.get(Number(pid))?.ended;
      if (how === undefined) throw new FramegateError('FG_CONTROL', `No process ${String(pid)} was started here`);
      siblings.delete(Number(pid));
      return how;
    },
  };
}
