/**
 * How the processes of an application find one another: lines to the registers, or a fixed list of gateways; and an end to
 * waiting for them.
 */
import { type Address, formatAddress, type Timer } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';
import { Registers, type RegistersOptions } from '../register/index.js';

export interface DiscoveryOptions extends Omit<RegistersOptions, 'onReached'> {
  /** Instead of registers, of which there are none then. */
  readonly fixed: readonly Address[];
  /** Milliseconds within which a register must have been reached once. */
  readonly wait: number;
  readonly onUnreachable: ((error: FramegateError) => void) | undefined;
}

export class Discovery {
  /** `undefined` where a list is all there is. */
  readonly registers: Registers | undefined;
  /** Resolves when a register was reached; at once where there is none. */
  readonly reached: Promise<void>;
  readonly #giveUp: Timer;

  constructor(options: DiscoveryOptions) {
    const { platform, registers, fixed, wait, onUnreachable } = options;
    this.#giveUp = platform.clock.setTimer(wait, () => {
      const [code, what, list] =
        fixed.length > 0
          ? (['FG_UNREACHABLE', 'gateway', fixed] as const)
          : (['FG_REGISTER', 'register', registers] as const);
      const where = list.map(formatAddress).join(', ');
      const seconds = Math.round(wait / 100) / 10;
      onUnreachable?.(new FramegateError(code, `Gave up: no ${what} at ${where} within ${seconds} s`));
    });
    if (fixed.length > 0) {
      this.reached = Promise.resolve();
      return;
    }
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
    this.registers?.setState('draining');
  }

  stop(): void {
    this.#giveUp.cancel();
    this.registers?.stop();
  }
}
