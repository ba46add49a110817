/** Whom a gateway does not let in: addresses, networks and uids. */
import { nameProblem } from '../link/index.js';
import { Networks } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';

export class DenyList {
  readonly #networks: Networks | undefined;
  readonly #uids: ReadonlySet<string>;

  constructor(networks?: Networks, uids: Iterable<string> = []) {
    this.#networks = networks;
    this.#uids = new Set(uids);
  }

  /** @throws FramegateError `FG_CONFIG` */
  static of(deny: unknown, denyUids: unknown): DenyList {
    if (deny !== undefined && !Array.isArray(deny))
      throw new FramegateError('FG_CONFIG', `"deny" of a gateway is a list; write ['203.0.113.0/24']`);
    if (denyUids !== undefined && !(Array.isArray(denyUids) && denyUids.every(isUid)))
      throw new FramegateError('FG_CONFIG', `"denyUids" of a gateway is a list of uids; write ['mallory']`);
    return new DenyList(deny && new Networks(deny, '"deny" of a gateway'), denyUids);
  }

  /**
   * A file of them: an address or a network in a line, or `uid` and a uid; lines that begin with `#` do not count.
   * @param name of the file, for the error
   * @throws FramegateError `FG_CONFIG`
   */
  static parse(text: string, name: string): DenyList {
    const networks: string[] = [];
    const uids: string[] = [];
    for (const [i, line] of text
      .split('\n')
      .map(each => each.trim())
      .entries()) {
      if (line === '' || line.startsWith('#')) continue;
      const [, uid] = /^uid\s+(.*)$/.exec(line) ?? [];
      if (uid !== undefined) {
        uids.push(uid);
        continue;
      }
      // What is wrong is told with its line.
      new Networks([line], `line ${i + 1} of "${name}"`);
      networks.push(line);
    }
    return new DenyList(networks.length === 0 ? undefined : new Networks(networks, name), uids);
  }

  /** @param host without a port; empty for those who have none */
  hasHost(host: string): boolean {
    return host !== '' && this.#networks?.has(host) === true;
  }

  hasUid(uid: string): boolean {
    return this.#uids.has(uid);
  }
}

function isUid(value: unknown): value is string {
  return typeof value === 'string' && nameProblem(value) === undefined;
}
