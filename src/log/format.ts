/** Lines as programs read them, and as people do. */
import { createColors } from 'picocolors';
import { printable } from '../codec/index.js';
import type { LineLevel, LogFacts } from '../protocol/index.js';

export const logFormats = ['auto', 'json', 'pretty'] as const;
/** `auto`: `pretty` on a terminal, `json` elsewhere. */
export type LogFormat = (typeof logFormats)[number];

/** Who speaks. */
export interface Origin {
  /** Default `app`. */
  readonly role?: string | undefined;
  /** What the process is called among others of its role. */
  readonly name?: string | undefined;
  readonly pid: number;
}

export interface Line {
  /** Wall time in milliseconds. */
  readonly at: number;
  readonly level: LineLevel;
  readonly text: string;
  readonly facts?: LogFacts | undefined;
}

export type Format = (line: Line) => string;

/** One object a line: `time`, `level`, `role`, `name`, `pid`, `msg`, and the facts. */
export function jsonFormat({ role = 'app', name, pid }: Origin): Format {
  return ({ at, level, text, facts }) => {
    const all = { time: new Date(at).toISOString(), level, role, name, pid, msg: text, ...facts };
    // What JSON leaves as it is may still steer the terminal on which somebody looks at it.
    return printable(JSON.stringify(all));
  };
}

/** `2026-01-31T12:00:00.000Z warn  gateway eu-1[4711]: text`; several lines of a text become one. */
export function prettyFormat({ role = 'app', name, pid }: Origin, colours = false): Format {
  const { yellow, red, dim } = createColors(colours);
  const paint = { debug: dim, info: String, warn: yellow, error: red };
  const who = `${role}${name === undefined ? '' : ` ${name}`}[${pid}]:`;
  return ({ at, level, text }) => {
    const shown = printable(text.replaceAll('\n', ' | '));
    return `${dim(new Date(at).toISOString())} ${paint[level](level.padEnd(5))} ${dim(who)} ${shown}`;
  };
}
