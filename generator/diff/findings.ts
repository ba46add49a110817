/** What was found to differ, in the order of the schema. */
import { type Category, type DiffCode, diffRules, type Impact } from './rules.js';

/** Where a change is: a message, a type that several messages use, or a part of the file such as `limits`. */
export interface Place {
  readonly message?: string;
  readonly type?: string;
  readonly part?: string;
  readonly field?: string;
}

export interface Finding extends Place {
  readonly code: DiffCode;
  readonly severity: Impact;
  readonly category: Category;
  /** `login.imei`. */
  readonly at: string;
  /** As the schema would write it; missing where there was nothing. */
  readonly old?: string;
  readonly new?: string;
  readonly text: string;
}

export class Findings {
  readonly all: Finding[] = [];
  /** Pairs of types that were compared: a type stands in many messages. */
  readonly #compared = new Set<string>();

  add(code: DiffCode, at: Place, old?: string, now?: string): void {
    const { severity, category, text } = diffRules[code];
    const { message, type, part, field } = at;
    const places = [message ?? type ?? part, field].filter(name => name !== undefined);
    this.all.push({
      code,
      severity,
      category,
      at: places.join('.'),
      ...at,
      ...(old === undefined ? {} : { old }),
      ...(now === undefined ? {} : { new: now }),
      text,
    });
  }

  /** Adds the finding when the two are written differently. */
  changed(code: DiffCode, at: Place, old: string | undefined, now: string | undefined): void {
    if (old !== now) this.add(code, at, old, now);
  }

  /** A bound, in a unit that is told with it; `undefined` is none at all. */
  bound(at: Place, old: number | undefined, now: number | undefined, unit: (n: number) => string = String): void {
    if (old === now) return;
    const tighter = (now ?? Number.POSITIVE_INFINITY) < (old ?? Number.POSITIVE_INFINITY);
    const shown = (n: number | undefined): string | undefined => (n === undefined ? undefined : unit(n));
    this.add(tighter ? 'LIMIT_LOWERED' : 'LIMIT_RAISED', at, shown(old), shown(now));
  }

  /** Keys that no rule looks at: those of a later version of the model are told too. */
  others(code: DiffCode, at: Place, old: object, now: object, lookedAt: ReadonlySet<string>): void {
    const [a, b] = [old, now].map(o => new Map(Object.entries(o))) as [Map<string, unknown>, Map<string, unknown>];
    const shown = (key: string, value: unknown): string | undefined =>
      value === undefined ? undefined : `${key}: ${jsonOf(value)}`;
    for (const key of new Set([...a.keys(), ...b.keys()]))
      if (!lookedAt.has(key)) this.changed(code, at, shown(key, a.get(key)), shown(key, b.get(key)));
  }

  /** Whether this is the first time that these two are compared. */
  firstTime(kind: string, old: string, now: string): boolean {
    const key = `${kind} ${old} ${now}`;
    if (this.#compared.has(key)) return false;
    this.#compared.add(key);
    return true;
  }

  get breaks(): boolean {
    return this.all.some(f => f.severity === 'breaking');
  }
}

/** What is for readers only. */
const SAID: ReadonlySet<string> = new Set(['place', 'doc', 'since', 'deprecated', 'example']);

/** A part of the model as text, without what is for readers only. */
export function jsonOf(part: unknown): string {
  return JSON.stringify(part, (key, value: unknown) => {
    if (SAID.has(key)) return undefined;
    if (typeof value === 'bigint') return String(value);
    return value instanceof Map || value instanceof Set ? [...value] : value;
  });
}
