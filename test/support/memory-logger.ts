/** Keeps what is logged, for tests to look at. */
import type { Logger } from '../../src/protocol/index.js';

export class MemoryLogger implements Logger {
  readonly lines: string[] = [];

  debug(text: string): void {
    this.lines.push(`debug ${text}`);
  }

  info(text: string): void {
    this.lines.push(`info ${text}`);
  }

  warn(text: string): void {
    this.lines.push(`warn ${text}`);
  }

  error(text: string): void {
    this.lines.push(`error ${text}`);
  }

  has(text: string): boolean {
    return this.lines.some(line => line.includes(text));
  }
}
