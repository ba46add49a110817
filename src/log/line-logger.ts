/**
 * The log of a process: lines on stderr.
 *
 * It is no library. What there is (JSON lines, a form for people) is little beside what none of them does: joining lines that
 * repeat, and keeping what a peer has sent from steering a terminal. The one that would be taken, pino, costs each process some
 * 28 ms of processor time at its start and 7.7 MiB, and writes no faster what is written rarely. Whoever wants it brings it:
 * see `logger` of an application.
 */
import { type Clock, realClock } from '../net/index.js';
import { type LineLevel, type LogFacts, type Logger, type LogLevel, logLevels } from '../protocol/index.js';
import { type Format, jsonFormat, type Line, type LogFormat, type Origin, prettyFormat } from './format.js';
import { LogSink } from './log-sink.js';
import { kindOf, Repeats, WINDOW } from './repeats.js';

/** Writes lines with a format; those of `debug` as they come, of others only a few that say the same. */
export class LineLogger implements Logger {
  readonly debugs: boolean;
  readonly #least: number;
  readonly #format: Format;
  readonly #clock: Clock;
  readonly #write: (text: string) => void;
  readonly #repeats: Repeats<Line>;

  constructor(level: LogLevel, format: Format, clock: Clock, write: (text: string) => void) {
    this.#least = logLevels[level];
    this.debugs = this.#least <= logLevels.debug;
    this.#format = format;
    this.#clock = clock;
    this.#write = write;
    this.#repeats = new Repeats(clock, ({ level, text, facts }, more) => {
      const said = `${text} (the last of ${more} more such lines in ${WINDOW / 1000} s)`;
      this.#put({ at: clock.wallNow(), level, text: said, facts });
    });
  }

  debug(text: string, facts?: LogFacts): void {
    // Whoever asks for all shall have all.
    if (this.debugs) this.#put({ at: this.#clock.wallNow(), level: 'debug', text, facts });
  }

  info(text: string, facts?: LogFacts): void {
    this.#say('info', text, facts);
  }

  warn(text: string, facts?: LogFacts): void {
    this.#say('warn', text, facts);
  }

  error(text: string, facts?: LogFacts): void {
    this.#say('error', text, facts);
  }

  flush(): void {
    this.#repeats.flush();
  }

  #say(level: LineLevel, text: string, facts: LogFacts | undefined): void {
    if (logLevels[level] < this.#least) return;
    const line = { at: this.#clock.wallNow(), level, text, facts };
    if (this.#repeats.take(`${level} ${kindOf(text)}`, line)) this.#put(line);
  }

  #put(line: Line): void {
    this.#write(`${this.#format(line)}\n`);
  }
}

export interface StderrOptions {
  /** Default `auto`. */
  readonly format?: LogFormat;
  /** What the process is: `gateway`, `worker` ... Default `app`. */
  readonly role?: string | undefined;
  /** What it is called among others of its role. */
  readonly name?: string | undefined;
}

/**
 * Writes lines of this level and above to stderr, with time, level, role, name and pid.
 * @example startAll(app, { logger: stderrLogger('info', { format: 'json' }) })
 */
export function stderrLogger(level: LogLevel = 'info', options: StderrOptions = {}): Logger {
  return sinkLogger(new LogSink(), level, options);
}

/** The same for any sink: a file is no terminal. */
export function sinkLogger(sink: LogSink, level: LogLevel, { format = 'auto', role, name }: StderrOptions): Logger {
  const isTerminal = sink.path === undefined && process.stderr.isTTY === true;
  const origin: Origin = { role, name, pid: process.pid };
  const isPretty = format === 'pretty' || (format === 'auto' && isTerminal);
  const colours = isTerminal && (process.env.NO_COLOR ?? '') === '';
  const shape = isPretty ? prettyFormat(origin, colours) : jsonFormat(origin);
  return new LineLogger(level, shape, realClock, sink.write);
}
