/** What befalls the processes of a soak run, one thing after the other and some at the same time, as a seed has it. */

import type { SimRandom } from '../../src/testing/sim/index.js';
import { sleep, until } from '../support/wait.js';
import { bootOf } from './journal.js';
import { type Ledger, lifeOf } from './ledger.js';
import type { System } from './system.js';

/** Milliseconds for a process to be there again. */
const BACK_WITHIN = 60_000;
/** How often, compared with the others. */
const WEIGHTS = {
  'kill -9 of a worker': 5,
  'kill -9 of a gateway': 2,
  'kill -9 of the register': 1,
  'kill -9 of the supervisor': 1,
  'a worker stands still': 4,
  'a gateway stands still': 3,
  'the register stands still': 1,
  'gw reload': 0.4,
  'gw drain, and a new gateway': 1,
  'gw restart of a worker': 1,
  'gw restart of a gateway': 1,
  'gw restart of the register': 0.5,
} as const;

export type FaultKind = keyof typeof WEIGHTS;
export const FAULTS = Object.keys(WEIGHTS) as FaultKind[];

export class Faults {
  readonly counts: Record<string, number> = {};
  readonly #system: System;
  readonly #ledger: Ledger;
  readonly #random: SimRandom;
  /** To whom something is happening. */
  readonly #busy = new Set<string>();
  readonly #under = new Set<Promise<void>>();
  /** The process that fills each place, as far as anybody has changed it here. */
  readonly #pids = new Map<string, number>();

  readonly #tell: (line: string) => void;

  constructor(system: System, ledger: Ledger, random: SimRandom, tell: (line: string) => void = () => {}) {
    this.#tell = tell;
    this.#system = system;
    this.#ledger = ledger;
    this.#random = random;
  }

  /** One of them, by its weight; it may go on for a while. @returns what it is, if there was somebody for it. */
  next(kinds: readonly FaultKind[] = FAULTS): FaultKind | undefined {
    let at = this.#random.fraction() * kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
    const kind = kinds.find(k => {
      at -= WEIGHTS[k];
      return at < 0;
    })!;
    return this.begin(kind) ? kind : undefined;
  }

  /** @returns whether it could. */
  begin(kind: FaultKind): boolean {
    const whom = this.#whom(kind);
    if (whom === undefined) return false;
    for (const name of whom) this.#busy.add(name);
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    this.#tell(`${kind}, ${whom[0]}`);
    const done = this.#happen(kind, whom[0]!)
      .catch(error => this.#ledger.violate('recovery', `${kind}, ${whom[0]}: ${(error as Error).message}`))
      .finally(() => {
        if (takesGateway(kind)) this.#ledger.replaced(performance.now());
        for (const name of whom) this.#busy.delete(name);
        this.#under.delete(done);
      });
    this.#under.add(done);
    return true;
  }

  /** Until all of them are over. */
  async over(): Promise<void> {
    await Promise.all(this.#under);
  }

  /** Each place has the process that it had, if nothing was done to it. */
  async nobodyElseDied(): Promise<void> {
    for (const name of this.#system.names) {
      if (this.#busy.has(name)) continue;
      const known = this.#pids.get(name);
      const pid = await this.#system.pidOf(name).catch(() => undefined);
      if (this.#busy.has(name) || this.#pids.get(name) !== known || pid === undefined) continue;
      if (known !== undefined && pid !== known)
        this.#ledger.violate('process', `${name} (pid ${known}) has ended, and nobody had ended it`);
      this.#pids.set(name, pid);
    }
  }

  /** The first is meant; nothing else happens to the others meanwhile. */
  #whom(kind: FaultKind): string[] | undefined {
    const free = (...names: string[]): boolean => names.every(name => !this.#busy.has(name));
    const { names } = this.#system;
    const workers = names.filter(name => name.startsWith('worker'));
    const gateways = names.filter(name => name.startsWith('gateway'));
    if (kind === 'gw reload')
      return free(...workers, 'supervisor') ? [this.#random.pick(workers), ...workers, 'supervisor'] : undefined;
    if (kind === 'kill -9 of the supervisor')
      return free('supervisor', ...names) ? ['supervisor', ...names] : undefined;
    const commanded = kind.startsWith('gw ') ? ['supervisor'] : [];
    if (!free(...commanded)) return undefined;
    if (kind.endsWith('register') || kind.startsWith('the register'))
      return free('register') ? ['register', ...commanded] : undefined;
    const all = kind.includes('gateway') ? gateways : workers;
    // The first of each lives long, to be looked at: it may stand still, and be replaced by a reload.
    const chosen = this.#random.pick(all.length > 1 && !kind.includes('still') ? all.slice(1) : all);
    // One is left to whoever has lost his.
    const others = all.filter(name => name !== chosen && !free(name)).length;
    return free(chosen) && others < all.length - 1 ? [chosen, ...commanded] : undefined;
  }

  async #happen(kind: FaultKind, name: string): Promise<void> {
    if (kind.includes('still')) return this.#standStill(name);
    if (kind === 'kill -9 of the supervisor') return this.#loseSupervisor();
    if (kind === 'gw reload') return this.#command(['worker'], 'reload');
    if (takesGateway(kind)) await this.#touch(name);
    if (kind.startsWith('gw restart')) return this.#command([name], 'restart', name);
    if (kind.startsWith('gw drain')) {
      await this.#command([], 'drain', '--gateway', name, '--deadline', '4');
      await sleep(this.#random.between(0, 2000));
      return this.#command([name], 'restart', name);
    }
    const pid = await this.#system.pidOf(name);
    if (name.startsWith('worker')) this.#ledger.killed(bootOf(pid), performance.now());
    process.kill(pid, 'SIGKILL');
    await this.#another(name, pid);
  }

  /** Waits until another process fills the place. */
  async #another(name: string, pid: number): Promise<void> {
    const changed = async (): Promise<boolean> => {
      const now = await this.#system.pidOf(name).catch(() => pid);
      if (now !== pid) this.#pids.set(name, now);
      return now !== pid;
    };
    await until(changed, `another ${name}`, BACK_WITHIN);
  }

  async #standStill(name: string): Promise<void> {
    const pid = await this.#system.pidOf(name);
    // Longer than links and leases last, sometimes.
    const ms = this.#random.chance(0.3) ? this.#random.between(5000, 14_000) : this.#random.between(200, 4000);
    const boot = bootOf(pid);
    this.#ledger.slept(boot, Infinity);
    process.kill(pid, 'SIGSTOP');
    await sleep(ms);
    process.kill(pid, 'SIGCONT');
    this.#ledger.slept(boot, Number(process.hrtime.bigint()));
  }

  async #loseSupervisor(): Promise<void> {
    const { supervisor, names } = this.#system;
    const pids = await Promise.all(names.map(name => this.#system.pidOf(name)));
    supervisor.kill('SIGKILL');
    await until(() => supervisor.process.signalCode !== null, 'its end');
    await sleep(this.#random.between(0, 3000));
    await this.#system.start();
    const after = await Promise.all(names.map(name => this.#system.pidOf(name)));
    for (const [i, name] of names.entries()) {
      if (after[i] !== pids[i]) throw new Error(`${name} was not taken over`);
    }
  }

  /** A command of an operator, which must do what it says. @param changed places that have other processes then */
  async #command(changed: readonly string[], ...line: [string, ...string[]]): Promise<void> {
    const { exit, stdout, stderr } = await this.#system.command(...line, '--json');
    if (exit !== 0 || /"killed":true|"unsettled":\["/.test(stdout))
      throw new Error(`gw ${line.join(' ')} ends with ${exit}: ${stdout}${stderr}`);
    for (const name of this.#system.names) {
      if (changed.some(one => name.startsWith(one))) this.#pids.set(name, await this.#system.pidOf(name));
    }
  }

  /** Clients of this gateway are about to lose it. */
  async #touch(name: string): Promise<void> {
    const life = async (): Promise<string | undefined> => {
      const page = (await this.#system.ask(name, 'connections', { most: 1 })) as { rows: { id: string }[] };
      const client = page.rows[0]?.id;
      return client === undefined ? undefined : lifeOf(client);
    };
    await until(async () => (await life()) !== undefined, `a client of ${name}`);
    this.#ledger.touch((await life())!);
  }
}

/** Its clients lose it. */
function takesGateway(kind: FaultKind): boolean {
  return kind.includes('gateway') && !kind.includes('still');
}
