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
  /** Why not all are done. */
  readonly error: string | null;
}

type What = 'reload' | 'restart';

/** Milliseconds within which a new worker is linked to the gateways, and between two looks. */
const LINKED_WITHIN = 5000;
const LOOK_EVERY = 20;
/** In what order all are restarted: workers find new gateways, and these the register. */
const ORDER = { register: 0, gateway: 1, worker: 2 } as const;

export class Rolling {
  readonly #supervisor: Supervisor;
  #running: What | undefined;
  #lines: string[] = [];

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  progress(from: number): { readonly running: What | null; readonly lines: readonly string[] } {
    return { running: this.#running ?? null, lines: this.#lines.slice(from) };
  }

  /**
   * @param which names or roles; none: all
   * @param deadline milliseconds for a new process to be ready, and for the handlers of the old one
   * @throws FramegateError `FG_CONTROL` when it cannot even begin
   */
  async run(what: What, which: readonly string[], deadline: number): Promise<RollingResult> {
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
    const done: Replaced[] = [];
    let error: string | null = null;
    try {
      for (const child of children) done.push(await this.#replace(child, deadline));
    } catch (problem) {
      error = errorText(problem);
      this.#say(error);
    }
    this.#running = undefined;
    return { done, left: children.slice(done.length).map(child => child.name), error };
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

  async #replace(child: Child, deadline: number): Promise<Replaced> {
    const since = performance.now();
    const stopped =
      child.role === 'worker' ? await this.#succeed(child, deadline) : await child.restart(deadline, deadline + GRACE);
    const took = Math.round(performance.now() - since);
    this.#supervisor.complain(child, stopped);
    const late =
      stopped.unsettled.length === 0 ? '' : `; handlers that had not settled: ${stopped.unsettled.join(', ')}`;
    this.#say(`${child.name} is new (pid ${child.member?.pid ?? '?'}), after ${took / 1000} s${late}`);
    return { name: child.name, took, ...stopped };
  }

  async #succeed(child: Child, deadline: number) {
    const next = await child.launchNext();
    try {
      await this.#fit(next, deadline);
    } catch (error) {
      next.kill('SIGKILL');
      const how = await next.ended;
      const why = child.lastWordsOf(next);
      const reason = why === undefined ? errorText(error) : `its new process ${how}: ${why}`;
      throw new FramegateError('FG_CONTROL', `The ${child.name} stays as it is: ${reason}`);
    }
    return child.succeed(next, deadline, deadline + GRACE);
  }

  /** Waits until the new process could do all that the old one does. */
  async #fit(next: Member, deadline: number): Promise<void> {
    await next.ready(deadline);
    const until = performance.now() + Math.min(deadline, LINKED_WITHIN);
    let links: LinkInfo;
    for (;;) {
      links = (await next.ask('links', {}, deadline)) as LinkInfo;
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
