/** A process of a simulated world, with a platform of its own. When it dies nothing of it is ever called again. */
import {
  type Address,
  type ConnectionHandler,
  createTurn,
  type Disk,
  MemoryDisk,
  type Platform,
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

  /** Calls `run` in `ms` milliseconds if the process still lives then. */
  after(ms: number, run: () => void) {
    return this.world.after(ms, () => this.call(run));
  }

  /** Enters the process: what is thrown is its fault and nobody else's. */
  call(run: () => void): void {
    if (!this.#alive) return;
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

  die(how: Death = 'exit'): void {
    if (!this.#alive) return;
    this.world.note(`${this.name} dies (${how})`);
    this.#alive = false;
    this.world.network.died(this, how);
  }
}
