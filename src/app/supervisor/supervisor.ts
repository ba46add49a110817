/**
 * Runs an application as separate processes: a register, gateways and workers. It binds the listening sockets and hands
 * them down, so that several gateways share one port and a gateway that is started again finds it; it restarts what
 * crashes, the first time at once and then with growing pauses; and it leaves nobody behind when it is told to stop.
 *
 * Its processes outlive it where it is killed: the next supervisor of the run dir takes over those that it finds.
 */
import { ControlServer, connectTo, socketPath } from '../../control/index.js';
import { readKeys } from '../../link/index.js';
import { type Address, formatAddress, parseEndpoint, realPlatform } from '../../net/index.js';
import { errorText, FramegateError, type Logger } from '../../protocol/index.js';
import { listenAddresses, registerAddresses } from '../addresses.js';
import type { ProcessInfo } from '../control-calls.js';
import type { App } from '../define-app.js';
import { type LinkFiles, linkFileWords } from '../link-files.js';
import { isOwnHost } from '../own-address.js';
import { PATIENCE, waitingText } from '../waiting.js';
import { type Found, findMembers } from './adoption.js';
import { supervisorCalls } from './calls.js';
import { Child, type ChildInfo, type ChildRole } from './child.js';
import { Member, type Stopped } from './member.js';
import { Rolling } from './rolling.js';
import { Sockets } from './sockets.js';
import { spawnGw } from './spawn.js';

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
  readonly linkFiles?: LinkFiles;
  /** Where all write their logs, instead of stderr: an absolute path. */
  readonly logFile?: string | undefined;
  /** Runs when it is certain that no other supervisor has the run dir. */
  readonly whenAlone?: () => Promise<void>;
}

/** The name of its own control socket. */
export const SUPERVISOR = 'supervisor';
/** Milliseconds for handlers when it stops, and until it insists. */
const STOP_WITHIN = 10_000;
/** Milliseconds beyond those for handlers: `onWorkerStop` runs, and what was said leaves the process. */
export const GRACE = 2000;
/** Where the register goes when nobody says: its own children are told. */
const ANY_PORT = 'tcp://127.0.0.1:0';

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #platform = realPlatform();
  readonly #startedAt = Date.now();
  readonly #children: Child[] = [];
  readonly logger: Logger;
  readonly rolling = new Rolling(this);
  #control: ControlServer | undefined;
  /** Absent while gateways of another supervisor hold them. */
  #sockets: Sockets | undefined;
  #listening: ProcessInfo['listening'] = [];
  #registers: readonly string[] = [];
  /** In the names of gateways: the same after a restart, and others than those of another supervisor. */
  #tag = '';
  #stage: 'starting' | 'running' | 'stopping' = 'starting';
  #started!: () => void;
  readonly whenStarted = new Promise<void>(resolve => {
    this.#started = resolve;
  });
  #stopped: Promise<void> | undefined;
  /** What `stop` over the control socket does: ends this process too. */
  onStop: (within: number | undefined) => Promise<void> = within => this.stop(within);

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.logger = options.logger;
  }

  get children(): readonly Child[] {
    return this.#children;
  }

  get info(): ProcessInfo & { readonly children: readonly ChildInfo[] } {
    return {
      name: SUPERVISOR,
      role: 'supervisor',
      pid: process.pid,
      startedAt: this.#startedAt,
      ready: this.#stage === 'running',
      listening: this.#listening,
      inner: '',
      id: '',
      registers: this.#registers,
      children: this.#children.map(child => child.info),
    };
  }

  /**
   * Resolves when all processes are ready, those that were found alive and those that are started.
   * @throws FramegateError when one of them ends before that; `FG_CONTROL` when another supervisor has the run dir.
   */
  async start(): Promise<ProcessInfo['listening']> {
    const { app, gateways, workers, register, keyFile, runDir } = this.#options;
    const keys = await readKeys(keyFile === undefined ? {} : { keyFile }, this.#platform.disk);
    const registers = registerAddresses(app, register, keys.length > 0, ANY_PORT);
    const addresses = listenAddresses(app, this.#options.listen);
    await this.#beAlone();
    await this.#options.whenAlone?.();
    const found = await findMembers(runDir, this.#platform, this.logger);
    await this.#startRegisters(registers, found);
    const adopted = [...found.values()].filter(({ info }) => info.role === 'gateway');
    this.#tag =
      adopted.map(({ info }) => /^(g[0-9a-f]{6})-\d+$/.exec(info.id)?.[1]).find(tag => tag !== undefined) ??
      this.#newTag();
    this.#listening = adopted.find(({ info }) => info.listening.length > 0)?.info.listening ?? [];
    if (this.#listening.length === 0) {
      this.#sockets = await Sockets.bind(addresses);
      this.#listening = app.listeners.map((l, i) => ({
        name: l.protocol.id,
        address: formatAddress(this.#sockets!.addresses[i]!),
      }));
    }
    await Promise.all(Array.from({ length: gateways }, (_, i) => this.#fill('gateway', `gateway-${i + 1}`, found)));
    await Promise.all(Array.from({ length: workers }, (_, i) => this.#fill('worker', `worker-${i + 1}`, found)));
    this.#sockets?.check();
    this.#stage = 'running';
    this.#started();
    void this.#endSurplus(found);
    return this.#listening;
  }

  #newTag(): string {
    return `g${Buffer.from(this.#platform.random.bytes(3)).toString('hex')}`;
  }

  async #beAlone(): Promise<void> {
    const { runDir } = this.#options;
    const other = await connectTo(runDir, SUPERVISOR, this.#platform);
    if (other === undefined) {
      this.#control = await ControlServer.open(
        socketPath(runDir, SUPERVISOR),
        supervisorCalls(this),
        this.#platform.net,
      );
      return;
    }
    const info = (await other.ask('hello').catch(() => undefined)) as ProcessInfo | undefined;
    other.close();
    const who = info === undefined ? 'another process' : `pid ${info.pid}`;
    throw new FramegateError(
      'FG_CONTROL',
      `Cannot start: ${who} runs this application already; \`gw stop\` ends it, and --run-dir lets another one run beside it`,
    );
  }

  /** Those of this machine: others run on theirs. Afterwards the addresses of all are known. */
  async #startRegisters(registers: readonly Address[], found: Map<string, Found>): Promise<void> {
    // Port 0 was any: those that live know which one it has become.
    const known = [...found.values()].find(({ info }) => info.registers.length === registers.length)?.info.registers;
    this.#registers = registers.map((address, i) => (address.port === 0 && known?.[i]) || formatAddress(address));
    this.#registers = await Promise.all(
      registers.map(async (address, i) => {
        if (!isOwnHost(address.host)) return formatAddress(address);
        const name = registers.length === 1 ? 'register' : `register-${i + 1}`;
        return (await this.#fill('register', name, found)).inner;
      }),
    );
  }

  /** Has a place filled, by a process that was found or by a new one. */
  async #fill(role: ChildRole, name: string, found: Map<string, Found>): Promise<ProcessInfo> {
    const { runDir, logger, logFile } = this.#options;
    const child = new Child({ role, name, dir: runDir, logger, launch: (c, as) => this.#launch(c, as) });
    this.#children.push(child);
    const alive = found.get(name) ?? found.get(`${name}.next`);
    if (alive === undefined || alive.info.role !== role) {
      try {
        return await child.start();
      } catch (error) {
        throw new FramegateError('FG_APP', `Cannot start: ${errorText(error)}`);
      }
    }
    found.delete(alive.member.name);
    if (alive.member.name !== name) await alive.member.rename(name);
    child.take(alive.member);
    // Whoever has started it may have taken along what its lines went to.
    if (logFile !== undefined) alive.member.ask('log', { file: logFile }).catch(() => {});
    logger.info(`Taken over: ${name} (pid ${alive.info.pid})`);
    return alive.info;
  }

  /** More than are wanted. */
  async #endSurplus(found: Map<string, Found>): Promise<void> {
    for (const { member, info } of found.values()) {
      this.logger.info(`There are more processes than wanted: ending ${member.name} (pid ${info.pid})`);
      await member.stop(STOP_WITHIN, STOP_WITHIN + GRACE);
    }
  }

  async #launch(child: Child, name: string): Promise<Member> {
    if (this.#stage === 'stopping') throw new FramegateError('FG_CONTROL', 'The application is about to stop');
    const line = this.#lineOf(child, name);
    const { runDir, program } = this.#options;
    if (child.role !== 'gateway') return Member.started(runDir, name, this.#platform, spawnGw(program, line, []));
    if (this.#sockets === undefined) {
      const sibling = await this.#spawnBySibling(child, line);
      if (sibling !== undefined) return Member.started(runDir, name, this.#platform, sibling);
      // Nobody has the sockets any more.
      this.#sockets = await Sockets.bind(this.#listening.map(({ address }) => parseEndpoint(address)));
    }
    return Member.started(runDir, name, this.#platform, spawnGw(program, line, this.#sockets.fds));
  }

  /** Whoever has taken over gateways has not their sockets; they have. */
  async #spawnBySibling(child: Child, line: readonly string[]): ReturnType<typeof spawnBy> {
    for (const { role, member, state } of this.#children) {
      if (role !== 'gateway' || member === undefined || member === child.member || state === 'ending') continue;
      const spawned = await spawnBy(member, line);
      if (spawned !== undefined) return spawned;
    }
    return undefined;
  }

  #lineOf({ role, name: place }: Child, as: string): string[] {
    const { appFile, runDir, logLevel, keyFile, state, logFile } = this.#options;
    const index = Number(/\d+$/.exec(place)?.[0] ?? 1);
    const registers = role === 'register' ? [this.#registers[index - 1] as string] : this.#registers;
    return [
      ...['start', appFile, '--role', role, '--run-dir', runDir, '--as', as, '--log-level', logLevel],
      ...registers.flatMap(at => ['--register', at]),
      ...(role === 'gateway' ? ['--name', `${this.#tag}-${index}`] : []),
      ...(role !== 'register' && state !== undefined ? ['--state', state] : []),
      ...(keyFile === undefined ? [] : ['--key-file', keyFile]),
      ...linkFileWords(this.#options.linkFiles ?? {}),
      ...(logFile === undefined ? [] : ['--log-file', logFile]),
    ];
  }

  /** Of gateways by the names that the others know them by. */
  gatewayName(id: string): string {
    return id.startsWith(`${this.#tag}-`) ? `gateway-${id.slice(this.#tag.length + 1)}` : `gateway ${id}`;
  }

  /**
   * Clients are told first, then workers finish, then the register goes.
   * @param within milliseconds for handlers
   */
  stop(within = STOP_WITHIN): Promise<void> {
    this.#stopped ??= this.#stop(within, this.#children);
    return this.#stopped;
  }

  /** After a start that has failed: what was found alive goes on. */
  giveUp(): Promise<void> {
    const own = this.#children.filter(({ member }) => member?.adopted !== true);
    this.#stopped ??= this.#stop(STOP_WITHIN, own);
    return this.#stopped;
  }

  async #stop(within: number, children: readonly Child[]): Promise<void> {
    this.#stage = 'stopping';
    this.rolling.abort();
    for (const child of children) child.retire();
    const patience = this.#platform.clock.setTimer(PATIENCE, () => void this.#sayWaiting());
    for (const role of ['gateway', 'worker', 'register'] as const) {
      const ended = children
        .filter(c => c.role === role)
        .map(async child => this.complain(child, await child.end(within, within + GRACE)));
      await Promise.all(ended);
    }
    patience.cancel();
    this.#sockets?.close();
    this.#control?.remove();
    // Whoever has asked for it is answered first.
    setImmediate(() => void this.#control?.close());
  }

  /** Says what an end has cost. */
  complain(child: Child, { killed }: Stopped): void {
    if (killed) this.logger.warn(`The ${child.name} did not stop in time and was killed`);
  }

  async #sayWaiting(): Promise<void> {
    const asked = this.#children.map(async ({ role, member }) =>
      role === 'worker' && member !== undefined ? await member.ask('handling', {}, 200).catch(() => []) : [],
    );
    this.logger.warn(waitingText((await Promise.all(asked)).flat() as string[]));
  }

  /** Has all processes read their keys again, show what they have counted, or open their log anew. */
  tell(what: 'keys' | 'counters' | 'log', args: Readonly<Record<string, unknown>> = {}): void {
    for (const { member } of this.#children) member?.ask(what, args).catch(() => {});
  }

  /** Without waiting for anything. */
  kill(): void {
    this.#stage = 'stopping';
    for (const child of this.#children) {
      child.retire();
      child.member?.kill('SIGKILL');
    }
    this.#control?.remove();
  }

  /** Of the processes that run, for tests and tools. */
  pids(role: ChildRole): number[] {
    return this.#children.filter(c => c.role === role).flatMap(c => c.member?.pid ?? []);
  }
}

/** Has a gateway start another one with its own sockets; `undefined`: it cannot. */
async function spawnBy(sibling: Member, line: readonly string[]) {
  const answer = await sibling.ask('spawn', { line }).catch(() => undefined);
  const pid = (answer as { readonly pid: number | null } | undefined)?.pid;
  if (pid === undefined || pid === null) return undefined;
  return { pid, ended: sibling.ask('ended', { pid }, Infinity) as Promise<string> };
}
