/** Gateways that are named one by one, where there is no register: for few machines whose addresses do not change. */
import { type Address, formatAddress } from '../net/index.js';
import { FramegateError, type Logger } from '../protocol/index.js';
import { innerAddress, isNamedFirst } from './addresses.js';
import type { App } from './define-app.js';

export interface FixedListOptions {
  readonly register?: string | readonly string[];
  readonly gateways?: readonly string[];
}

/**
 * Where gateways let workers dial in, each once; empty where registers are asked.
 * @param keyed peers have to prove that they have a key.
 * @throws FramegateError `FG_ADDRESS`, `FG_KEY_REQUIRED`, `FG_CONFIG`
 */
export function fixedGateways(app: App, { register = [], gateways = [] }: FixedListOptions, keyed: boolean): Address[] {
  // Whoever names a register on the command line means it.
  if (gateways.length === 0 && register.length > 0) return [];
  const texts = gateways.length > 0 ? gateways : app.gateways;
  const addresses = texts.map(text => innerAddress(text, 'a gateway', keyed, app.linkTls !== undefined));
  const open = addresses.find(({ port }) => port === 0);
  if (open !== undefined) {
    throw new FramegateError(
      'FG_CONFIG',
      `Nobody can dial ${formatAddress(open)}; a list of gateways needs their ports`,
    );
  }
  return addresses.filter(isNamedFirst);
}

/** @throws FramegateError `FG_CONFIG` when workers cannot know where the gateway is. */
export function checkOwnLink(link: Address, fixed: readonly Address[], logger: Logger): void {
  if (fixed.length === 0) return;
  if (link.port === 0) {
    throw new FramegateError(
      'FG_CONFIG',
      'Without a register workers must know where this gateway is: give it --link, with a port of the list of gateways',
    );
  }
  if (fixed.some(({ port }) => port === link.port)) return;
  const list = fixed.map(formatAddress).join(', ');
  logger.warn(`Workers dial ${list}; this gateway waits for them at ${formatAddress(link)}, which is not among them`);
}
