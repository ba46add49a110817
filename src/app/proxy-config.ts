/** Proxies in front of a listener, as an application names them. */
import type { ProxyPolicy } from '../gateway/index.js';
import { Networks } from '../net/index.js';
import { checkKeys, FramegateError } from '../protocol/index.js';

export interface ProxyConfig {
  /**
   * Addresses and networks of the proxies, such as `10.0.0.0/8`. Whoever connects from there must begin with a PROXY header; so
   * must all who connect to a socket in the file system.
   */
  readonly trusted: readonly string[];
  /** What happens to connections from elsewhere: `refuse`, the default, or `direct`, without a header. */
  readonly others?: 'refuse' | 'direct';
}

/** @throws FramegateError `FG_CONFIG` */
export function proxyPolicy(config: ProxyConfig | undefined, listen: string): ProxyPolicy | undefined {
  if (config === undefined) return undefined;
  const what = `"proxy" of the listener on ${listen}`;
  if (!Array.isArray(config?.trusted))
    throw new FramegateError('FG_CONFIG', `${what} names the proxies; write { trusted: ['10.0.0.0/8'] }`);
  checkKeys(config, ['trusted', 'others'], what);
  const { trusted, others = 'refuse' } = config;
  if (others !== 'refuse' && others !== 'direct') {
    const text = `"others" in ${what} is "refuse" or "direct"; it is "${String(others)}"`;
    throw new FramegateError('FG_CONFIG', text);
  }
  return { trusted: new Networks(trusted, what), others };
}
