/**
 * A place in the application that one process fills: when it ends, another is started.
 *
 *     starting -> running -> (waiting -> starting -> running ...) -> ending -> gone
 */
import { takeLastWords } from '../../control/index.js';
import { type Clock, realClock, type Timer } from '../../net/index.js';
import { errorText, FramegateError, type Logger } from '../../protocol/index.js';
import type { ProcessInfo } from '../control-calls.js';
import { BackOff } from './back-off.js';
import type { Member, Stopped } from './member.js';

export type ChildRole = 'register' | 'gateway' | 'worker';
/** `waiting`: to be started again after a pause. `ending`, `gone`: as it was told to. */
export type ChildState = 'starting' | 'running' | 'waiting' | 'ending' | 'gone';

/** What a child needs of its supervisor. */
export interface ChildOptions {
  readonly role: ChildRole;
  /** Of its control socket. */
  readonly name: string;
  readonly dir: string;
  readonly logger: Logger;
  /** Starts a process for this place, under the name of a control socket. */
  launch(child: Child, name: string): Promise<Member>;
}

/** What `children` of a supervisor says of each process that it watches, also of those that do not run just now. */
export interface ChildInfo {
  /** That of its control socket. */
  readonly name: string;
  readonly role: ChildRole;
  /** `null`: it does not run. */
  readonly pid: number | null;
  readonly state: ChildState;
  /** How often it was started again after it had ended by itself. */
  readonly restarts: number;
  /** How it ended the last time that it was not told to; `null`: it never did. */
  readonly lastError: string | null;
}

export class Child {
  readonly role: ChildRole;
  readonly name: string;
  readonly #options: ChildOptions;
  readonly #clock: Clock = realClock;
  readonly #backOff = new BackOff();
  state: ChildState = 'starting';
  member: Member | undefined;
  restarts = 0;
  lastError: string | undefined;
  #timer: Timer | undefined;
  /** Its first process has to become ready: until then its end is the end of the start. */
  #unproven = true;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.role = options.role;
    this.name = options.name;
  }

  get info(): ChildInfo {
    const { name, role, state, restarts } = this;
    return { name, role, pid: this.member?.pid ?? null, state, restarts, lastError: this.lastError ?? null };
  }

  /**
   * Starts its first process.
   * @param within milliseconds to be ready
   * @throws FramegateError `FG_APP` when that ends before it is ready; it is not started again then. `FG_CONTROL` when it is
   * not ready in time; it goes on.
   */
  async start(within = Infinity): Promise<ProcessInfo> {
    const member = await this.#options.launch(this, this.name);
    this.#hold(member);
    try {
      const info = await member.ready(within);
      this.#unproven = false;
      if (this.member === member) this.state = 'running';
      return info;
    } catch (error) {
      if (within !== Infinity && member.isAlive) {
        this.#unproven = false;
        this.#runsWhenReady(member);
        throw error;
      }
      const how = await member.ended;
      this.state = 'gone';
      this.lastError = this.#reason(member, how);
      throw new FramegateError('FG_APP', `${this.name} ${this.lastError}`);
    }
  }

  /** Its place is taken by a process that runs. */
  take(member: Member): void {
    this.#timer?.cancel();
    this.#unproven = false;
    this.state = 'running';
    this.#hold(member);
  }

  #hold(member: Member): void {
    this.member = member;
    void member.ended.then(how => {
      if (this.member === member) this.#ended(member, how);
    });
  }

  #ended(member: Member, how: string): void {
    this.member = undefined;
    if (this.#unproven || this.state === 'ending' || this.state === 'gone') return;
    this.lastError = this.#reason(member, how);
    const ran = this.#clock.now() - member.startedAt;
    const who = member.pid === undefined ? this.name : `${this.name} (pid ${member.pid})`;
    this.#again(`The ${who} ${how}`, ran);
  }

  /** Why a process has ended, if it has said so. */
  lastWordsOf(member: Member): string | undefined {
    return takeLastWords(this.#options.dir, member.name);
  }

  #reason(member: Member, how: string): string {
    const words = this.lastWordsOf(member);
    return words === undefined ? how : `${how}: ${words}`;
  }

  #again(what: string, ran: number): void {
    const pause = this.#backOff.pause(ran);
    const when = pause === 0 ? 'now' : `in ${pause / 1000} s`;
    this.#options.logger.warn(`${what}; starting it again ${when}`);
    this.restarts++;
    this.state = 'waiting';
    this.#timer = this.#clock.setTimer(pause, () => void this.#relaunch());
  }

  async #relaunch(): Promise<void> {
    this.state = 'starting';
    let member: Member;
    try {
      member = await this.#options.launch(this, this.name);
    } catch (error) {
      this.lastError = errorText(error);
      if (this.state === 'starting') this.#again(`The ${this.name} cannot be started (${this.lastError})`, 0);
      return;
    }
    if (this.state !== 'starting') {
      member.kill('SIGTERM');
      return;
    }
    this.#hold(member);
    this.#runsWhenReady(member);
  }

  #runsWhenReady(member: Member): void {
    member.ready().then(
      () => {
        if (this.member === member && this.state === 'starting') this.state = 'running';
      },
      () => {},
    );
  }

  /** A process for the same place, beside the one that runs; its name is that of the place when it {@link succeed}s. */
  launchNext(): Promise<Member> {
    return this.#options.launch(this, `${this.name}${NEXT}`);
  }

  /** The next process takes the place, and the one that had it ends in order. */
  async succeed(next: Member, within: number, insist: number): Promise<Stopped> {
    const before = this.member;
    this.take(next);
    const stopped = before === undefined ? NOTHING : await before.stop(within, insist);
    takeLastWords(this.#options.dir, this.name);
    if (next.isAlive) await next.rename(this.name).catch(() => {});
    return stopped;
  }

  /** For good: it is not started again. */
  async end(within: number, insist: number): Promise<Stopped> {
    this.state = 'ending';
    this.#timer?.cancel();
    const stopped = (await this.member?.stop(within, insist)) ?? NOTHING;
    this.state = 'gone';
    return stopped;
  }

  /** It may end by itself, and is not started again then. */
  retire(): void {
    this.state = 'ending';
    this.#timer?.cancel();
  }

  /**
   * Ends it and starts it again, in the same place.
   * @param ready milliseconds for the new process to be ready, asked when it is started
   */
  async restart(within: number, insist: number, ready: () => number): Promise<Stopped> {
    const stopped = await this.end(within, insist);
    this.state = 'starting';
    this.#unproven = true;
    try {
      await this.start(ready());
    } catch (error) {
      this.#unproven = false;
      if (this.member?.isAlive !== true) this.#again(`The ${errorText(error)}`, 0);
      throw error;
    }
    return stopped;
  }
}

/** Of the name of a control socket, while its process waits for the place of another. */
export const NEXT = '.next';

const NOTHING: Stopped = { unsettled: [], killed: false };
