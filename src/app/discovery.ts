/** How the processes of an application find one another: lines to the registers, and an end to waiting for them. */
import { formatAddress, type Timer } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';
import { Registers, type RegistersOptions } from '../register/index.js';

export interface DiscoveryOptions extends Omit<RegistersOptions, 'onReached'> {
  /** Milliseconds within which a register must have been reached once. */
  readonly wait: number;
  readonly onUnreachable: ((error: FramegateError) => void) | undefined;
}

export class Discovery {
  readonly registers: Registers;
  /** Resolves when a register was reached. */
  readonly reached: Promise<void>;
  readonly #giveUp: Timer;

  constructor(options: DiscoveryOptions) {
    const { platform, registers, wait, onUnreachable } = options;
    this.#giveUp = platform.clock.setTimer(wait, () => {
      const where = registers.map(formatAddress).join(', ');
      const seconds = Math.round(wait / 100) / 10;
      onUnreachable?.(new FramegateError('FG_REGISTER', `Gave up: no register at ${where} within ${seconds} s`));
    });
    let onReached = (): void => {};
    this.reached = new Promise(resolve => {
      onReached = resolve;
    });
    void this.reached.then(() => this.found());
    this.registers = new Registers({ ...options, onReached });
  }

  /** What was looked for is there: nobody gives up any more. */
  found(): void {
    this.#giveUp.cancel();
  }

  /** The process takes nothing new. */
  draining(): void {
    this.registers.setState('draining');
  }

  stop(): void {
    this.#giveUp.cancel();
    this.registers.stop();
  }
}
