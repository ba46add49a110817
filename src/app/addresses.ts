/** Which addresses a role uses: flags before the app file, and no inner port open to others without a key. */
import { type Address, type Endpoint, formatAddress, isLoopback, parseAddress, parseEndpoint } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';
import { type App, DEFAULT_REGISTER } from './define-app.js';
import { checkTls } from './tls-files.js';

/**
 * @param keyed peers have to prove that they have a key.
 * @param secured the app has certificates for links, which are as good as a key where TLS is spoken.
 * @throws FramegateError `FG_KEY_REQUIRED` when others than this machine could reach the address, and they do not;
 * `FG_CONFIG` when TLS is to be spoken without certificates.
 */
export function innerAddress(text: string, what: string, keyed: boolean, secured = false): Address {
  const address = parseAddress(text);
  if (address.tls === true) {
    if (secured) return address;
    const files = "linkTls: { cert: 'link.pem', key: 'link.key', ca: 'links-ca.pem' }";
    const why = `there are no certificates; give the app ${files}, or name them with --link-cert, --link-key and --link-ca`;
    throw new FramegateError('FG_CONFIG', `Cannot use ${formatAddress(address)} for ${what}: ${why}`);
  }
  if (keyed || isLoopback(address.host)) return address;
  throw new FramegateError(
    'FG_KEY_REQUIRED',
    `Cannot use ${formatAddress(address)} for ${what}: without a key only addresses of this machine are allowed; ` +
      'use tcp://127.0.0.1:port, or make a key with `gw key > cluster.key` and give it to every process: --key-file cluster.key',
  );
}

/**
 * What a gateway says where workers dial in.
 * @param advertised instead of where it listens; port 0 is the one it listens on.
 * @throws FramegateError `FG_ADDRESS`; `FG_CONFIG` when it listens on all addresses of the machine, and nobody says which one
 */
export function announcedLink(bound: Address, advertised: string | undefined): Address {
  if (advertised !== undefined) {
    const { host, port } = parseAddress(advertised);
    return { ...bound, host, port: port === 0 ? bound.port : port };
  }
  if (bound.host !== '0.0.0.0' && bound.host !== '::') return bound;
  throw new FramegateError(
    'FG_CONFIG',
    `Nobody can dial ${formatAddress(bound)}; say under which address of this machine workers reach the gateway: ` +
      '--advertise tcp://host:0',
  );
}

/**
 * Where the registers are: at least one, each once.
 * @param instead of those that the app names.
 * @throws FramegateError `FG_ADDRESS`, `FG_KEY_REQUIRED`
 */
export function registerAddresses(
  app: App,
  instead: string | readonly string[] | undefined,
  keyed: boolean,
  otherwise: string = DEFAULT_REGISTER,
): [Address, ...Address[]] {
  const given = [instead ?? []].flat();
  const texts = given.length > 0 ? given : app.registers;
  const addresses = texts.map(text => innerAddress(text, 'the register', keyed, app.linkTls !== undefined));
  const [first = innerAddress(otherwise, 'the register', keyed), ...others] = addresses.filter(isNamedFirst);
  return [first, ...others];
}

/**
 * The addresses of all listeners, in order.
 * @param overrides `address` for the listeners in order, or `protocol=address` for the one of that protocol.
 * @throws FramegateError `FG_ADDRESS`, `FG_CONFIG`
 */
export function listenAddresses(app: App, overrides: readonly string[]): Endpoint[] {
  const addresses = app.listeners.map(l => parseEndpoint(l.listen));
  let next = 0;
  for (const override of overrides) {
    const named = /^([\w.-]+)=(.+)$/.exec(override);
    const at = named === null ? next++ : app.listeners.findIndex(l => l.protocol.id === named[1]);
    if (at < 0 || at >= addresses.length) {
      throw new FramegateError('FG_CONFIG', `There is no listener for "${override}"; the app has ${addresses.length}`);
    }
    const { tls } = app.listeners[at]!;
    const instead = named?.[2] ?? override;
    addresses[at] = parseEndpoint(instead, tls === undefined ? 'tcp' : 'tls');
    checkTls(tls, addresses[at], instead);
  }
  const twice = addresses.find((address, i) => !isNamedFirst(address, i, addresses));
  if (twice !== undefined) throw new FramegateError('FG_CONFIG', `Two listeners cannot share ${formatAddress(twice)}`);
  return addresses;
}

/** Whether no earlier address of the list is the same; port 0 is another one each time. */
export function isNamedFirst(address: Endpoint, index: number, all: readonly Endpoint[]): boolean {
  if ('port' in address && address.port === 0) return true;
  return all.findIndex(other => formatAddress(other) === formatAddress(address)) === index;
}
