/** Networks as people write them: `10.0.0.0/8`, `2001:db8::/32`, or one address. */
import { BlockList, isIP } from 'node:net';
import { FramegateError } from '../protocol/errors.js';
import { plainHost } from './address.js';

export class Networks {
  readonly #list = new BlockList();

  /**
   * @param what they are, for the error
   * @throws FramegateError `FG_CONFIG`
   */
  constructor(networks: readonly string[], what: string) {
    for (const text of networks) this.#add(text, what);
  }

  #add(text: string, what: string): void {
    const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(String(text)) ?? [];
    const host = plainHost(address);
    const version = isIP(host);
    const most = version === 4 ? 32 : 128;
    // Of an IPv4 address that is written as one of IPv6 the last 32 bits count.
    const bits = prefix === undefined ? most : Number(prefix) - (host === address ? 0 : 96);
    if (version === 0 || bits > most || bits < 0) {
      const example = "such as '10.0.0.0/8', '2001:db8::/32' or '192.0.2.7'";
      throw new FramegateError(
        'FG_CONFIG',
        `"${text}" in ${what} is no network; write an address and a prefix, ${example}`,
      );
    }
    this.#list.addSubnet(host, bits, version === 4 ? 'ipv4' : 'ipv6');
  }

  /** @param host an address, without a port */
  has(host: string): boolean {
    const version = isIP(host);
    return version !== 0 && this.#list.check(host, version === 4 ? 'ipv4' : 'ipv6');
  }
}
