/**
 * A process of the application as its supervisor sees it: one that it has started, or one that it has found alive.
 *
 *     connecting -> connected -> ended
 *
 * A process that is the supervisor's own child ends when the system says so; any other when nobody listens at its control
 * socket any more.
 */
import { ControlClient, type ControlPlatform, socketPath } from '../../control/index.js';
import type { Timer } from '../../net/index.js';
import { FramegateError } from '../../protocol/index.js';
import type { ProcessInfo } from '../control-calls.js';
import type { Spawned } from './spawn.js';

/** Milliseconds between two looks whether a process has opened its control socket. */
const LOOK_EVERY = 25;
/** Milliseconds for opening it, where nobody would say that the process has ended. */
const OPEN_WITHIN = 30_000;

/** What a process says that has been told to stop. */
export interface Stopped {
  /** Names of the messages whose handlers had not settled in time. */
  readonly unsettled: readonly string[];
  /** It did not end by itself. */
  readonly killed: boolean;
}

export class Member {
  /** Of its control socket. */
  name: string;
  readonly pid: number | undefined;
  /** Resolves with how it has ended, as a part of a sentence. */
  readonly ended: Promise<string>;
  readonly startedAt: number;
  readonly adopted: boolean;
  readonly #dir: string;
  readonly #platform: ControlPlatform;
  #client: ControlClient | undefined;
  #connecting: Promise<ControlClient> | undefined;
  #how: string | undefined;

  private constructor(
    dir: string,
    name: string,
    platform: ControlPlatform,
    pid: number | undefined,
    client?: ControlClient,
  ) {
    this.#dir = dir;
    this.name = name;
    this.#platform = platform;
    this.pid = pid;
    this.startedAt = platform.clock.now();
    this.#client = client;
    this.adopted = client !== undefined;
    this.ended = new Promise(resolve => {
      this.#end = how => {
        if (this.#how !== undefined) return;
        this.#how = how;
        this.#client?.close();
        resolve(how);
      };
    });
  }

  #end!: (how: string) => void;

  /** @param spawned its end may reject, when whoever has started it is gone. */
  static started(dir: string, name: string, platform: ControlPlatform, spawned: Spawned): Member {
    const member = new Member(dir, name, platform, spawned.pid);
    spawned.ended.then(
      how => member.#end(how),
      () => void member.#watch(OPEN_WITHIN),
    );
    return member;
  }

  static found(dir: string, client: ControlClient, info: ProcessInfo, platform: ControlPlatform): Member {
    const member = new Member(dir, client.name, platform, info.pid, client);
    void member.#watch(0);
    return member;
  }

  get isAlive(): boolean {
    return this.#how === undefined;
  }

  /** Its connection; @throws FramegateError `FG_CONTROL` when it ends before it has opened its socket. */
  async #connected(): Promise<ControlClient> {
    if (this.#client?.isOpen === true) return this.#client;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<ControlClient> {
    while (this.isAlive) {
      const client = await ControlClient.dial(this.name, socketPath(this.#dir, this.name), this.#platform);
      if (typeof client !== 'string') {
        const info = (await client.ask('hello', {}, OPEN_WITHIN).catch(() => undefined)) as ProcessInfo | undefined;
        if (info?.pid === this.pid && this.isAlive) {
          this.#client = client;
          return client;
        }
        client.close();
      }
      await this.#sleep(LOOK_EVERY);
    }
    throw new FramegateError('FG_CONTROL', `The ${this.name} ${this.#how}`);
  }

  /** For a process whose end nobody tells. */
  async #watch(patience: number): Promise<void> {
    const until = this.#platform.clock.now() + patience;
    while (this.isAlive) {
      await this.#client?.closed;
      const client = await ControlClient.dial(this.name, socketPath(this.#dir, this.name), this.#platform);
      if (typeof client !== 'string') {
        this.#client = client;
        continue;
      }
      const gone = client === 'ENOENT' || client === 'ECONNREFUSED';
      if (gone && (this.#client !== undefined || this.#platform.clock.now() > until)) this.#end('has ended');
      else await this.#sleep(LOOK_EVERY);
    }
  }

  async ask(call: string, args: Readonly<Record<string, unknown>> = {}, within?: number): Promise<unknown> {
    return (await this.#connected()).ask(call, args, within);
  }

  /**
   * Waits until it does its work.
   * @throws FramegateError `FG_CONTROL` when it ends before that, or is not ready within so many milliseconds.
   */
  async ready(within = Infinity): Promise<ProcessInfo> {
    const info = this.ask('ready', {}, Infinity) as Promise<ProcessInfo>;
    const ended = this.ended.then(how => {
      throw new FramegateError('FG_CONTROL', `The ${this.name} ${how}`);
    });
    const waits = [info, ended];
    let timer: Timer | undefined;
    if (Number.isFinite(within)) {
      const late = new Promise<never>((_, reject) => {
        const text = `The ${this.name} was not ready within ${within / 1000} s`;
        timer = this.#platform.clock.setTimer(within, () => reject(new FramegateError('FG_CONTROL', text)));
      });
      waits.push(late);
    }
    for (const loser of waits) loser.catch(() => {});
    try {
      return await Promise.race(waits);
    } finally {
      timer?.cancel();
    }
  }

  /**
   * Has it end in order.
   * @param within milliseconds for its handlers
   * @param insist milliseconds after which it is killed
   */
  async stop(within: number, insist: number): Promise<Stopped> {
    let unsettled: readonly string[] = [];
    let killed = false;
    const timer = this.#platform.clock.setTimer(insist, () => {
      killed = true;
      this.kill('SIGKILL');
    });
    this.ask('stop', { within }, Infinity).then(
      answer => {
        unsettled = (answer as Stopped).unsettled;
      },
      () => {},
    );
    await this.ended;
    timer.cancel();
    return { unsettled, killed };
  }

  /** The process takes the name of one that has ended. */
  async rename(name: string): Promise<void> {
    await this.ask('rename', { name });
    this.name = name;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.pid === undefined || !this.isAlive) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // It has ended, and the news is on its way.
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#platform.clock.setTimer(ms, resolve);
    });
  }
}
