/** Several hosts on this machine: network namespaces with cables to one switch, which can be pulled out. */
import { execFileSync } from 'node:child_process';
import { Gw } from './gw.js';

interface Teardown {
  teardown(run: () => unknown): void;
}

/** The network set aside for tests of devices (RFC 2544), of which no real host is a part. */
const NETWORK = `198.18.${process.pid % 256}`;
const SWITCH = `fg${process.pid}`;

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

function quietly(...args: string[]): void {
  try {
    ip(...args);
  } catch {
    // It is not there.
  }
}

/** Why this machine cannot have them; `false`: it can. */
export function noHosts(): string | false {
  const name = `framegate-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'exec', name, 'ip', 'link', 'set', 'lo', 'up');
    return false;
  } catch {
    return 'needs root and iproute2, to make network namespaces';
  } finally {
    quietly('netns', 'del', name);
  }
}

export class Hosts {
  readonly #names: readonly string[];
  readonly #t: Teardown;

  constructor(t: Teardown, names: readonly string[]) {
    this.#names = names;
    this.#t = t;
    t.teardown(() => {
      for (const name of names) quietly('netns', 'del', this.#space(name));
      quietly('link', 'del', SWITCH);
    });
    ip('link', 'add', SWITCH, 'type', 'bridge');
    ip('addr', 'add', `${NETWORK}.254/24`, 'dev', SWITCH);
    ip('link', 'set', SWITCH, 'up');
    for (const name of names) {
      const space = this.#space(name);
      const cable = this.#cable(name);
      ip('netns', 'add', space);
      ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
      ip('link', 'set', cable, 'master', SWITCH, 'up');
      ip('-n', space, 'addr', 'add', `${this.address(name)}/24`, 'dev', 'eth0');
      for (const device of ['lo', 'eth0']) ip('-n', space, 'link', 'set', device, 'up');
    }
  }

  address(name: string): string {
    return `${NETWORK}.${this.#names.indexOf(name) + 1}`;
  }

  /** `gw start` there. */
  start(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Gw {
    const gw = new Gw(['start', ...args], env, ['ip', 'netns', 'exec', this.#space(name)]);
    this.#t.teardown(() => (gw.exit === undefined ? gw.stop().catch(() => gw.kill()) : undefined));
    return gw;
  }

  /** Nothing reaches it any more, and nobody is told. */
  unplug(name: string): void {
    ip('link', 'set', this.#cable(name), 'down');
  }

  plug(name: string): void {
    ip('link', 'set', this.#cable(name), 'up');
  }

  #space(name: string): string {
    return `framegate-${process.pid}-${name}`;
  }

  /** Names of devices are short. */
  #cable(name: string): string {
    return `${SWITCH}-${this.#names.indexOf(name)}`;
  }
}
