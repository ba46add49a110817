/** Where the lines of a process go: stderr, or a file to which any number of processes append. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorText, FramegateError } from '../protocol/index.js';

/** The log of an application may tell of its clients: others than its user and group have no business there. */
const MODE = 0o640;

/** @throws FramegateError `FG_CONFIG` */
export function openLog(path: string): number {
  try {
    return openSync(path, 'a', MODE);
  } catch (error) {
    throw new FramegateError(
      'FG_CONFIG',
      `Cannot open the log file "${path}" (${errorText(error)}); name another one with --log-file`,
    );
  }
}

export class LogSink {
  #path: string | undefined;
  #fd: number | undefined;

  /** @throws FramegateError `FG_CONFIG` when the file cannot be opened. */
  constructor(path?: string) {
    if (path !== undefined) this.open(path);
  }

  /** Absent: stderr. */
  get path(): string | undefined {
    return this.#path;
  }

  /**
   * Goes on in this file: another one, or the one that has taken the place of a file that was moved away.
   * @throws FramegateError `FG_CONFIG`; what was open before stays in use.
   */
  open(path: string): void {
    const fd = openLog(path);
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = fd;
    this.#path = resolve(path);
  }

  /** The file anew, if it is one; @throws FramegateError `FG_CONFIG`; it goes on in the old one. */
  reopen(): void {
    if (this.#path !== undefined) this.open(this.#path);
  }

  /** What cannot be written, to a disk that is full for instance, is lost: no log is worth a process. */
  readonly write = (text: string): void => {
    if (this.#fd === undefined) {
      process.stderr.write(text);
      return;
    }
    try {
      writeSync(this.#fd, text);
    } catch {}
  };
}
