/**
 * Replaces processes one by one, as `reload` and `restart` do.
 *
 * A worker's successor is ready, and linked to all gateways, before the worker drains: its clients move there and nothing is
 * lost. Gateways and registers end first: a successor needs their name, or their port.
 */
import { errorText, FramegateError } from '../../protocol/index.js';
import type { LinkInfo } from '../control-calls.js';
import type { Child } from './child.js';
import type { Member } from './member.js';
import { GRACE, type Supervisor } from './supervisor.js';

/** What became of one process. */
export interface Replaced {
  readonly name: string;
  /** Milliseconds. */
  readonly took: number;
  /** Names of the messages whose handlers had not settled within the deadline; their events are delivered again. */
  readonly unsettled: readonly string[];
  /** It had to be killed. */
  readonly killed: boolean;
}

export interface RollingResult {
  readonly done: readonly Replaced[];
  /** Those that are as they were. */
  readonly left: readonly string[];
  /** Those that were ended, and whose successor is not ready. */
  readonly unready: readonly string[];
  /** Why not all are done. */
  readonly error: string | null;
}

type What = 'reload' | 'restart';

/** Milliseconds. */
export interface RollingTimes {
  /** For a new process to be ready, and for the handlers of the old one. */
  readonly deadline: number;
  /** For all processes together; `Infinity`: as long as the deadlines of all take. */
  readonly overall: number;
}

/** How much time there is: less for each step, the less is left for all. */
class Budget {
  readonly #times: RollingTimes;
  readonly #until: number;

  constructor(times: RollingTimes) {
    this.#times = times;
    this.#until = performance.now() + times.overall;
  }

  /** Whether nothing can be begun any more. */
  get isSpent(): boolean {
    return this.step === 0;
  }

  /** Milliseconds for what is waited for next; what insists afterwards has its time as well. */
  get step(): number {
    return Math.max(0, Math.min(this.#times.deadline, this.#until - performance.now() - GRACE));
  }

  get text(): string {
    return `the time for all of them, ${this.#times.overall / 1000} s, is over`;
  }
}

/** Milliseconds within which a new worker is linked to the gateways, and between two looks. */
const LINKED_WITHIN = 5000;
const LOOK_EVERY = 20;
/** In what order all are restarted: workers find new gateways, and these the register. */
const ORDER = { register: 0, gateway: 1, worker: 2 } as const;

export class Rolling {
  readonly #supervisor: Supervisor;
  #running: What | undefined;
  #lines: string[] = [];
  /** A new process that has no place yet. */
  #next: Member | undefined;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  progress(from: number): { readonly running: What | null; readonly lines: readonly string[] } {
    return { running: this.#running ?? null, lines: this.#lines.slice(from) };
  }

  /**
   * @param which names or roles; none: all
   * @throws FramegateError `FG_CONTROL` when it cannot even begin
   */
  async run(what: What, which: readonly string[], times: RollingTimes): Promise<RollingResult> {
    if (this.#running !== undefined) {
      const text = `Cannot ${what}: a ${this.#running} is under way in the supervisor, pid ${process.pid}; wait until it is done`;
      throw new FramegateError('FG_CONTROL', text);
    }
    if (!this.#supervisor.info.ready) {
      throw new FramegateError('FG_CONTROL', `Cannot ${what}: the application is still starting, or about to stop`);
    }
    const children = this.#chosen(which);
    this.#running = what;
    this.#lines = [];
    const names = children.map(({ name }) => name);
    this.#say(`${what} of ${names.join(', ')}: done within ${longest(children, times) / 1000} s, or it says why not`);
    const budget = new Budget(times);
    const done: Replaced[] = [];
    const unready: string[] = [];
    let error: string | null = null;
    for (const child of children) {
      try {
        if (budget.isSpent) throw new FramegateError('FG_CONTROL', budget.text);
        done.push(await this.#replace(child, budget));
      } catch (problem) {
        error = errorText(problem);
        if (budget.isSpent && error !== budget.text) error += `: ${budget.text}`;
        // Of a worker the old process is still there.
        if (child.role !== 'worker' && error !== budget.text) unready.push(child.name);
        this.#say(error);
        break;
      }
    }
    this.#running = undefined;
    return { done, left: names.slice(done.length + unready.length), unready, error };
  }

  /** The application is about to end. */
  abort(): void {
    this.#next?.kill('SIGKILL');
  }

  #chosen(which: readonly string[]): Child[] {
    const { children } = this.#supervisor;
    const unknown = which.find(word => !children.some(({ name, role }) => name === word || role === word));
    if (unknown !== undefined) {
      const names = children.map(({ name }) => name).join(', ');
      throw new FramegateError('FG_CONTROL', `There is no process "${unknown}" here; there are ${names}`);
    }
    return children
      .filter(({ name, role }) => which.length === 0 || which.includes(name) || which.includes(role))
      .sort((a, b) => ORDER[a.role] - ORDER[b.role]);
  }

  async #replace(child: Child, budget: Budget): Promise<Replaced> {
    const since = performance.now();
    const stopped =
      child.role === 'worker'
        ? await this.#succeed(child, budget)
        : await child.restart(budget.step, budget.step + GRACE, () => budget.step);
    const took = Math.round(performance.now() - since);
    this.#supervisor.complain(child, stopped);
    const late =
      stopped.unsettled.length === 0 ? '' : `; handlers that had not settled: ${stopped.unsettled.join(', ')}`;
    this.#say(`${child.name} is new (pid ${child.member?.pid ?? '?'}), after ${took / 1000} s${late}`);
    return { name: child.name, took, ...stopped };
  }

  async #succeed(child: Child, budget: Budget) {
    const next = await child.launchNext();
    this.#next = next;
    try {
      await this.#fit(next, budget);
    } catch (error) {
      next.kill('SIGKILL');
      const how = await next.ended;
      const why = child.lastWordsOf(next);
      const reason = why === undefined ? errorText(error) : `its new process ${how}: ${why}`;
      throw new FramegateError('FG_CONTROL', `The ${child.name} stays as it is: ${reason}`);
    }
    this.#next = undefined;
    return child.succeed(next, budget.step, budget.step + GRACE);
  }

  /** Waits until the new process could do all that the old one does. */
  async #fit(next: Member, budget: Budget): Promise<void> {
    await next.ready(budget.step);
    const until = performance.now() + Math.min(budget.step, LINKED_WITHIN);
    let links: LinkInfo;
    for (;;) {
      links = (await next.ask('links', {}, LINKED_WITHIN)) as LinkInfo;
      if (links.every(({ linked }) => linked) || performance.now() > until) break;
      await new Promise(resolve => {
        setTimeout(resolve, LOOK_EVERY);
      });
    }
    const foreign = links.filter(link => link.foreign.length > 0);
    if (foreign.length === 0) return;
    const protocols = [...new Set(foreign.flatMap(link => link.foreign))].map(id => `"${id}"`).join(', ');
    const names = foreign.map(link => this.#supervisor.gatewayName(link.id)).join(', ');
    throw new FramegateError(
      'FG_CONTROL',
      `it has another wire hash for ${protocols} than ${names}, which must be restarted with it: gw restart without a name does that`,
    );
  }

  #say(line: string): void {
    this.#lines.push(line);
    this.#supervisor.logger.info(line);
  }
}

/** Milliseconds that it may take at most. */
function longest(children: readonly Child[], { deadline, overall }: RollingTimes): number {
  const linked = Math.min(deadline, LINKED_WITHIN) + LINKED_WITHIN;
  const each = children.map(({ role }) => 2 * deadline + GRACE + (role === 'worker' ? linked : 0));
  return Math.min(
    overall,
    each.reduce((sum, ms) => sum + ms, 0),
  );
}
