/** What an application is: protocols, their events, and where to listen. */
import type { Protocol, ProtocolTypes } from '../codec/index.js';
import {
  Admission,
  checkAmount,
  checkLimits,
  checkRoute,
  type Delivery,
  type GatewaySettings,
  type ListenerLimits,
} from '../gateway/index.js';
import { checkLinkTls, type LinkTlsFiles } from '../link/index.js';
import { parseAddress, parseEndpoint } from '../net/index.js';
import { checkKeys, FramegateError, type Logger } from '../protocol/index.js';
import { concurrentHandlers, type Events, type HandlerLimits, handlerLimits } from '../worker/index.js';
import { type ProxyConfig, proxyPolicy } from './proxy-config.js';
import { checkTls, type TlsFiles } from './tls-files.js';

/** One listening address. */
export interface ListenerConfig<T extends ProtocolTypes = ProtocolTypes> {
  /** `tcp://host:port`, `tls://host:port` or `unix:///path`; port 0 takes any free one. */
  readonly listen: string;
  readonly protocol: Protocol<T>;
  /** Loads the events module; called by workers only, so that gateways never run user code. */
  readonly events: () => Promise<Events<NoInfer<T>>>;
  readonly limits?: ListenerLimits;
  /** Of a `tls://` address. */
  readonly tls?: TlsFiles;
  /** There are proxies in front that say with a PROXY header, version 1 or 2, who is behind them. */
  readonly proxy?: ProxyConfig;
  /**
   * `at-least-once` (default): what a worker had not finished when it died is delivered again. `at-most-once`: it is not, for
   * all messages of this listener but logins.
   */
  readonly delivery?: Delivery;
  /**
   * How many messages of one client may be handled at the same time, 1 to 64. Default 1: strictly one after the other. With
   * more they still begin in order, but one overtakes another that waits for something; logins, `onConnect`, `onClose` and
   * what is delivered again have no other beside them. The same for all listeners of a protocol.
   */
  readonly concurrent?: number;
}

export interface AppConfig<L extends readonly ProtocolTypes[] = readonly ProtocolTypes[]> {
  readonly name?: string;
  readonly listeners: { readonly [I in keyof L]: ListenerConfig<L[I]> };
  /**
   * Where the register is, in separate processes, or the registers: they are independent, and any of them is enough.
   * Default `tcp://127.0.0.1:1236`, or any free port where one `gw start` starts all of them.
   */
  readonly register?: string | readonly string[];
  /**
   * Where all gateways let workers dial in: the fixed list that workers use instead of a register. Each gateway is then
   * given one of them as its `link`. Default: registers are asked.
   */
  readonly gateways?: readonly string[];
  /** Where a gateway lets workers dial in. Default `tcp://127.0.0.1:0`: any free port. */
  readonly link?: string;
  /**
   * Certificates for links: addresses of `link`, `register` and `gateways` that begin with `tls://` are dialled and listened on
   * in TLS, and both sides must have a certificate of the same authority. No key is needed then.
   */
  readonly linkTls?: LinkTlsFiles;
  /**
   * Folder for what should outlive a process: workers keep there which gateways were last known,
   * gateways the messages that have killed their worker. Processes of one
   * application may share it. Default: nothing is kept.
   */
  readonly state?: string;
  /**
   * What an uncaught exception does when all runs in one process: `report` (default) goes on, `exit` ends it. Separate
   * processes always end, and are started again by their supervisor.
   */
  readonly uncaught?: 'report' | 'exit';
  /**
   * Where log lines go, instead of stderr. It decides itself which levels it shows.
   * @example logger: pino()
   */
  readonly logger?: Logger;
  readonly worker?: WorkerSettings;
  readonly gateway?: GatewaySettings;
}

/** What concerns workers. */
export interface WorkerSettings extends HandlerLimits {}

/** A checked application. */
export interface App {
  readonly kind: typeof APP;
  readonly name: string;
  readonly listeners: readonly ListenerConfig[];
  /** Empty: the default, or any free port where a supervisor starts the register itself. */
  readonly registers: readonly string[];
  /** Empty: registers are asked. */
  readonly gateways: readonly string[];
  readonly link: string;
  readonly linkTls: LinkTlsFiles | undefined;
  readonly state: string | undefined;
  readonly uncaught: 'report' | 'exit';
  readonly logger: Logger | undefined;
  readonly worker: WorkerSettings;
  readonly gateway: GatewaySettings;
}

/** Survives two copies of the package in one process. */
const APP = 'framegate.app';

export const DEFAULT_REGISTER = 'tcp://127.0.0.1:1236';
export const DEFAULT_LINK = 'tcp://127.0.0.1:0';

/**
 * Declares an application. Export it as default from the app file that `gw start` is given.
 * @throws FramegateError `FG_CONFIG` or `FG_ADDRESS`
 * @example
 * export default defineApp({
 *   listeners: [{ listen: 'tcp://127.0.0.1:8282', protocol: chat, events: () => import('./events.js') }],
 * });
 */
export function defineApp<const L extends readonly ProtocolTypes[]>(config: AppConfig<L>): App {
  if (typeof config !== 'object' || config === null) {
    throw new FramegateError('FG_CONFIG', 'An application needs a configuration: defineApp({ listeners: [...] })');
  }
  const listeners = config.listeners as unknown as readonly ListenerConfig[];
  if (!Array.isArray(listeners) || listeners.length === 0) {
    throw new FramegateError('FG_CONFIG', 'An application needs at least one listener');
  }
  const hashes = new Map<string, string>();
  const concurrency = new Map<string, number>();
  for (const [i, listener] of (listeners as readonly ListenerConfig[]).entries()) {
    if (typeof listener !== 'object' || listener === null) {
      throw new FramegateError('FG_CONFIG', `Listener ${i + 1} is no object; write { listen, protocol, events }`);
    }
    const { listen, protocol, events, delivery } = listener;
    if (typeof listen !== 'string') {
      throw new FramegateError('FG_CONFIG', `Listener ${i + 1} has no address; give it listen: 'tcp://host:port'`);
    }
    checkTls(listener.tls, parseEndpoint(listen), listen);
    proxyPolicy(listener.proxy, listen);
    if (typeof protocol?.splitter !== 'function') {
      throw new FramegateError('FG_CONFIG', `The listener on ${listen} has no protocol; give it a generated codec`);
    }
    if (typeof events !== 'function') {
      throw new FramegateError('FG_CONFIG', `The listener on ${listen} needs events: () => import('./events.js')`);
    }
    if (delivery !== undefined && delivery !== 'at-least-once' && delivery !== 'at-most-once') {
      const text = `"delivery" of the listener on ${listen} is "at-least-once" or "at-most-once"; it is "${String(delivery)}"`;
      throw new FramegateError('FG_CONFIG', text);
    }
    checkLimits(listener.limits, `the listener on ${listen}`, protocol);
    const hash = hashes.get(protocol.id);
    if (hash !== undefined && hash !== protocol.wireHash) {
      throw new FramegateError('FG_CONFIG', `Two listeners have different protocols of the name "${protocol.id}"`);
    }
    hashes.set(protocol.id, protocol.wireHash);
    const concurrent = concurrentHandlers(listener.concurrent, `the listener on ${listen}`);
    if ((concurrency.get(protocol.id) ?? concurrent) !== concurrent) {
      const text = `Two listeners of protocol "${protocol.id}" differ in "concurrent"; their clients have the same handlers`;
      throw new FramegateError('FG_CONFIG', text);
    }
    concurrency.set(protocol.id, concurrent);
  }
  const {
    name = 'app',
    register = [],
    gateways = [],
    link = DEFAULT_LINK,
    linkTls,
    state,
    uncaught = 'report',
    logger,
    worker = {},
    gateway = {},
  } = config;
  if (typeof gateway !== 'object' || gateway === null)
    throw new FramegateError('FG_CONFIG', '"gateway" of an application is an object, such as { buffers: 1e9 }');
  checkKeys(
    gateway,
    ['clients', 'route', 'buffers', 'perAddress', 'deny', 'denyUids', 'denyFile', 'ban'],
    '"gateway" of an application',
  );
  handlerLimits(worker);
  checkLogger(logger);
  checkRoute(gateway.route);
  new Admission(gateway);
  if (gateway.clients !== undefined) checkAmount(gateway.clients, '"clients" of a gateway');
  if (gateway.buffers !== undefined) checkAmount(gateway.buffers, '"buffers" of a gateway');
  const registers = [register].flat();
  for (const address of registers) checkAddress('register', address);
  if (!Array.isArray(gateways)) {
    throw new FramegateError('FG_CONFIG', `"gateways" of an application is a list of addresses`);
  }
  for (const address of gateways) checkAddress('gateways', address);
  if (registers.length > 0 && gateways.length > 0) {
    throw new FramegateError('FG_CONFIG', 'An application has "register" or "gateways", not both');
  }
  checkAddress('link', link);
  checkLinkTls(linkTls);
  if (state !== undefined && (typeof state !== 'string' || state === '')) {
    throw new FramegateError('FG_CONFIG', `"state" of an application is a folder; write it as './state'`);
  }
  return { kind: APP, name, listeners, registers, gateways, link, linkTls, state, uncaught, logger, worker, gateway };
}

function checkLogger(logger: Logger | undefined): void {
  const lacking = ['debug', 'info', 'warn', 'error'].find(
    level =>
      logger !== undefined && typeof (logger as unknown as Record<string, unknown> | null)?.[level] !== 'function',
  );
  if (lacking === undefined) return;
  const text = `"logger" of an application has no "${lacking}"; it has the four functions debug, info, warn and error`;
  throw new FramegateError('FG_CONFIG', text);
}

function checkAddress(key: string, address: unknown): void {
  if (typeof address !== 'string') {
    throw new FramegateError('FG_CONFIG', `"${key}" of an application is an address; write it as 'tcp://host:port'`);
  }
  parseAddress(address);
}

export function isApp(value: unknown): value is App {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === APP;
}
