/** A process of a simulated world, with a platform of its own. When it dies nothing of it is ever called again. */
import {
  type Address,
  type ConnectionHandler,
  createTurn,
  type Disk,
  MemoryDisk,
  type Platform,
  type Timer,
} from '../../net/index.js';
import type { SimConnection } from './connection.js';
import { SimNet } from './network.js';
import type { World } from './world.js';

/** `exit`: the system closes its connections. `vanish`: its machine is gone, and nobody is told. */
export type Death = 'exit' | 'vanish';

export class SimProcess {
  readonly world: World;
  readonly name: string;
  readonly host: string;
  readonly platform: Platform;
  /** What went wrong in it that nobody has caught. */
  readonly faults: unknown[] = [];
  #alive = true;
  /** What was due while it stood still. */
  #missed: (() => void)[] | undefined;

  /** @param disk outlives the process: another one of the same machine may be given it. */
  constructor(world: World, name: string, host: string, disk: Disk = new MemoryDisk()) {
    this.world = world;
    this.name = name;
    this.host = host;
    const random = world.random(name);
    this.platform = {
      clock: {
        now: () => world.now,
        wallNow: () => world.wallNow,
        // Like the system's, which knows no shorter one.
        setTimer: (ms, run) => this.after(Math.max(1, ms), run),
      },
      net: new SimNet(world.network, this),
      random,
      turn: createTurn(run => void this.after(0, run)),
      disk,
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  get frozen(): boolean {
    return this.#missed !== undefined;
  }

  /** Calls `run` in `ms` milliseconds if the process still lives then. */
  after(ms: number, run: () => void): Timer {
    let isOff = false;
    const timer = this.world.after(ms, () =>
      this.call(() => {
        if (!isOff) run();
      }),
    );
    const cancel = (): void => {
      isOff = true;
      timer.cancel();
    };
    return { cancel };
  }

  /** Enters the process: what is thrown is its fault and nobody else's. Nobody can while it stands still. */
  call(run: () => void): void {
    if (!this.#alive) return;
    if (this.#missed !== undefined) {
      this.#missed.push(run);
      return;
    }
    try {
      run();
    } catch (error) {
      this.faults.push(error);
      this.world.note(`${this.name} throws ${String(error)}`);
    }
  }

  /** Like its platform's `connect`, with more to see. */
  dial(address: Address, handler: ConnectionHandler): SimConnection {
    return this.world.network.connect(this, address, handler);
  }

  /** Never settles when the process dies before. */
  sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.after(ms, resolve);
    });
  }

  /**
   * It stands still, as when its machine sleeps or one of its handlers blocks: its connections stay, and it neither reads nor
   * writes nor sees time pass, until {@link thaw}.
   */
  freeze(): void {
    if (!this.#alive || this.frozen) return;
    this.world.note(`${this.name} freezes`);
    this.#missed = [];
  }

  /** All that was due meanwhile happens now, one after the other. */
  thaw(): void {
    if (!this.#alive || this.#missed === undefined) return;
    this.world.note(`${this.name} thaws`);
    const missed = this.#missed;
    this.#missed = undefined;
    for (const run of missed) this.world.after(0, () => this.call(run));
  }

  die(how: Death = 'exit'): void {
    if (!this.#alive) return;
    this.world.note(`${this.name} dies (${how})`);
    this.#alive = false;
    this.#missed = undefined;
    this.world.network.died(this, how);
  }
}
