/** Waiting in real time. The functions are fetched once: a test may put others in their place to own its handlers' timers. */

const { setTimeout: wait, clearTimeout: forget } = globalThis;

export function realSleep(ms: number): Promise<void> {
  return new Promise(resolve => {
    wait(resolve, ms);
  });
}

/** Wakes those who wait, whenever something has happened. */
export class Bell {
  #waiting: (() => void)[] = [];

  ring(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Waits until the condition holds; `false` when it did not within `ms` real milliseconds. */
  async until(condition: () => boolean, ms: number): Promise<boolean> {
    const deadline = performance.now() + ms;
    while (!condition()) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await new Promise<void>(resolve => {
        const timer = wait(resolve, left);
        this.#waiting.push(() => {
          forget(timer);
          resolve();
        });
      });
    }
    return true;
  }
}
