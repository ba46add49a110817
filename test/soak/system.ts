/** The server of a soak run: a supervisor with its processes, as an operator starts, asks and looks at them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ControlClient, connectTo } from '../../src/control/index.js';
import { realPlatform } from '../../src/net/index.js';
import { Gw } from '../support/gw.js';
import { livingIn, newRunDir } from '../support/run-dir.js';
import { PATIENCE, sleep, until } from '../support/wait.js';
import type { Look } from './growth.js';

const app = fileURLToPath(new URL('./app.js', import.meta.url));
/** Milliseconds for a collection of garbage. */
const COLLECTS = 500;

export interface Size {
  readonly gateways: number;
  readonly workers: number;
}

interface Status {
  readonly role: string;
  readonly pid: number;
  readonly ready: boolean;
  readonly problems: readonly string[];
  readonly memory: { readonly rss: number; readonly heapUsed: number };
  readonly loop: { readonly p99: number } | null;
  readonly links: readonly unknown[];
  readonly gateways: readonly unknown[];
  readonly counters: {
    readonly gateway?: Readonly<Record<string, number>> & { readonly buffers: Readonly<Record<string, number>> };
    readonly worker?: Readonly<Record<string, number>>;
  };
}

export class System {
  readonly dir = newRunDir();
  readonly journal = join(this.dir, 'journal');
  readonly names: readonly string[];
  port = 0;
  #supervisor!: Gw;
  readonly #before: Gw[] = [];
  readonly #size: Size;
  readonly #env: Readonly<Record<string, string>>;

  readonly #logLevel: string;

  constructor(size: Size, logLevel = 'warn') {
    this.#size = size;
    this.#logLevel = logLevel;
    this.names = ['register', ...numbered('gateway', size.gateways), ...numbered('worker', size.workers)];
    this.#env = { GW_RUN_DIR: this.dir, SOAK_JOURNAL: this.journal };
  }

  get supervisor(): Gw {
    return this.#supervisor;
  }

  /** Starts a supervisor, which takes over what lives. */
  async start(): Promise<void> {
    if (this.#supervisor !== undefined) this.#before.push(this.#supervisor);
    const { gateways, workers } = this.#size;
    const size = ['--gateways', String(gateways), '--workers', String(workers)];
    const line = ['start', app, ...size, '--register', 'tcp://127.0.0.1:0', '--log-level', this.#logLevel];
    // An interrupt at the terminal is for the run, which then ends the others in order.
    this.#supervisor = new Gw(line, this.#env, ['setsid']);
    this.port = Number(await this.#supervisor.says(/soak listening on \S+:(\d+)/));
  }

  /** Runs another `gw` command to its end. */
  async command(name: string, ...more: string[]): Promise<Gw> {
    const gw = new Gw([name, app, ...more], this.#env);
    await gw.ended(2 * PATIENCE);
    return gw;
  }

  async ask(name: string, call: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const client = (await connectTo(this.dir, name, realPlatform())) as ControlClient | undefined;
    if (client === undefined) throw new Error(`There is no ${name}`);
    return client.ask(call, args, PATIENCE).finally(() => client.close());
  }

  async pidOf(name: string): Promise<number> {
    return ((await this.ask(name, 'hello')) as { pid: number }).pid;
  }

  /** Waits until each process is ready, and each worker linked to each gateway. */
  async ready(within: number): Promise<void> {
    const { gateways, workers } = this.#size;
    await until(
      async () => {
        const all = await Promise.all(this.names.map(name => this.#status(name).catch(() => undefined)));
        return all.every(
          status =>
            status?.ready === true &&
            (status.role !== 'gateway' || status.links.length === workers) &&
            (status.role !== 'worker' || status.gateways.length === gateways),
        );
      },
      'all processes to be ready',
      within,
    );
  }

  /** Has all collect their garbage, and looks at each. */
  async look(calm: number): Promise<Look[]> {
    const pids = await Promise.all(this.names.map(name => this.pidOf(name)));
    for (const pid of [...pids, this.#supervisor.pid]) process.kill(pid, 'SIGWINCH');
    await sleep(COLLECTS);
    const looks = await Promise.all(this.names.map(async name => lookAt(name, calm, await this.#status(name))));
    return [...looks, lookAtSupervisor(this.#supervisor.pid, calm)];
  }

  /** What processes hold of clients, though there are none. */
  async remains(): Promise<string[]> {
    const all = await Promise.all(this.names.map(name => this.#status(name)));
    return all.flatMap(({ counters: { gateway, worker } }, i) => {
      const { clients, uids, groups, entering, owed, buffers } = { ...gateway } as Record<string, unknown>;
      const { clients: bound, handling } = { ...worker };
      const held = { clients, uids, groups, entering, ...(owed as object), ...(buffers as object), bound, handling };
      delete (held as Record<string, unknown>).dropped;
      return Object.entries(held).flatMap(([what, n]) =>
        Number(n ?? 0) > 0 ? `${n} ${what} at ${this.names[i]}` : [],
      );
    });
  }

  /** What all of them have said on stderr. */
  get log(): string {
    return [...this.#before, this.#supervisor].map(({ stderr }) => stderr).join('');
  }

  #status(name: string): Promise<Status> {
    return this.ask(name, 'status') as Promise<Status>;
  }

  /** What is left of it, of which nothing should be. */
  living(): number[] {
    return livingIn(this.dir);
  }

  kill(): void {
    for (const pid of this.living()) process.kill(pid, 'SIGKILL');
  }
}

function numbered(role: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${role}-${i + 1}`);
}

function lookAt(name: string, calm: number, status: Status): Look {
  const { role, pid, memory, loop, counters, links, gateways } = status;
  const { gateway, worker } = counters;
  const clients = gateway?.clients ?? 0;
  const tables: Record<string, number> = { links: links.length + gateways.length };
  if (gateway !== undefined) {
    const { entering = 0, uids = 0, owed, buffers } = gateway;
    Object.assign(tables, { entering, 'uids without a client': uids - clients });
    Object.assign(tables, { 'clients owed a close event': (owed as unknown as { clients: number }).clients });
    for (const [buffer, bytes] of Object.entries(buffers)) tables[`bytes of ${buffer}`] = bytes;
  }
  if (worker !== undefined) Object.assign(tables, { handling: worker.handling });
  const handles = readdirSync(`/proc/${pid}/fd`).length - clients;
  const { rss, heapUsed: heap } = memory;
  return {
    name,
    role,
    pid,
    calm,
    rss,
    heap,
    clients: clients || (worker?.clients ?? 0),
    handles,
    tables,
    late: loop?.p99 ?? 0,
  };
}

/** It has no clients and no links, and is not asked for its memory. */
function lookAtSupervisor(pid: number, calm: number): Look {
  const rss = 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  const handles = readdirSync(`/proc/${pid}/fd`).length;
  return { name: 'supervisor', role: 'supervisor', pid, calm, rss, heap: 0, clients: 0, handles, tables: {}, late: 0 };
}
