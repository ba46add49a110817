/** What processes of an application answer over their control sockets, beside what src/app/inspect and the supervisor add. */
import type { ControlCalls } from '../control/index.js';
import { inspectCalls } from './inspect/calls.js';
import type { Running } from './roles.js';

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
}

/** A process as its own calls see it. */
export interface OwnProcess {
  readonly name: string;
  readonly role: ProcessInfo['role'];
  readonly startedAt: number;
  /** Once it has begun: its socket is open before. */
  running: Running | undefined;
  ready: boolean;
  /** Ends it in order, as SIGTERM does. */
  stop(): void;
}

/** The calls of a process that runs a role. */
export function roleCalls(own: OwnProcess): ControlCalls {
  return {
    hello: (): ProcessInfo => ({
      name: own.name,
      role: own.role,
      pid: process.pid,
      startedAt: own.startedAt,
      ready: own.ready,
      listening: own.running?.listening ?? [],
      inner: own.running?.inner ?? '',
    }),
    handling: () => own.running?.worker?.handling() ?? [],
    stop: () => own.stop(),
    ...inspectCalls(own),
  };
}
