/** Units of systemd, as far as a process can tell which it starts: its command line and environment. */
import { readFileSync } from 'node:fs';

export interface Unit {
  /** Of all sections; the last value counts where there are several, but for variables. */
  readonly settings: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string>>;
}

/** @param specifiers what `%N` and the like stand for */
export function readUnit(file: string, specifiers: Readonly<Record<string, string>>): Unit {
  const settings = new Map<string, string>();
  const env: Record<string, string> = {};
  for (const [key, raw] of assignmentsIn(file)) {
    const value = raw.replaceAll(/%(\w)/g, (text, letter: string) => specifiers[letter] ?? text);
    if (key === 'Environment') Object.assign(env, Object.fromEntries(value.split(' ').map(word => word.split('='))));
    else settings.set(key, value);
  }
  return { settings, env };
}

/** @param all what is commented out too */
export function readEnvironmentFile(file: string, all: boolean): Record<string, string> {
  return Object.fromEntries(assignmentsIn(file, all ? /^#?(?=\w+=)/ : undefined));
}

function assignmentsIn(file: string, drop = /^$/): [string, string][] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const pairs = lines.map(line => /^([A-Za-z_]\w*)=(.*)$/.exec(line.replace(drop, '')));
  return pairs.filter(match => match !== null).map(([, key, value]) => [key!, value!]);
}
