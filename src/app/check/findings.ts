/** What is wrong with an application, all of it: one mistake does not hide the next. */
import { errorText, FramegateError } from '../../protocol/index.js';

export interface Finding {
  /** `error`: it cannot start so. `warning`: it can, and will regret it. */
  readonly level: 'error' | 'warning';
  /** The error's code where `gw start` would end with it. */
  readonly code?: string;
  /** What cannot be done, with which value, and what to try. */
  readonly text: string;
}

export class Findings {
  readonly all: Finding[] = [];

  get errors(): number {
    return this.all.filter(f => f.level === 'error').length;
  }

  /** The same said twice, such as of two listeners with one certificate, is said once. */
  #add(finding: Finding): void {
    if (!this.all.some(({ text }) => text === finding.text)) this.all.push(finding);
  }

  error(text: string, code?: string): void {
    this.#add({ level: 'error', ...(code !== undefined && { code }), text });
  }

  warn(text: string): void {
    this.#add({ level: 'warning', text });
  }

  /** Keeps what it throws; the value is then `undefined`. */
  async try<T>(run: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      this.error(errorText(error), error instanceof FramegateError ? error.code : undefined);
      return undefined;
    }
  }
}

/** JSON has no infinity. */
export function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
