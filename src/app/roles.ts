/** The roles of an application, each as something that runs and can be stopped. */
import { Gateway } from '../gateway/index.js';
import { type KeyRing, type KeySource, keptKeys, type LinkNet, linkNet, memoryLink } from '../link/index.js';
import { stderrLogger } from '../log/index.js';
import { type Address, formatAddress, type Platform, parseAddress, realPlatform, type Where } from '../net/index.js';
import { FramegateError, type Logger } from '../protocol/index.js';
import { LastView, Register } from '../register/index.js';
import { unknownEpoch, WorkerCore, type WorkerModule } from '../worker/index.js';
import { announcedLink, innerAddress, listenAddresses, registerAddresses } from './addresses.js';
import type { App } from './define-app.js';
import { readDenyFile, withDenyFile } from './deny-file.js';
import { Discovery, type DiscoveryOptions } from './discovery.js';
import { checkOwnLink, fixedGateways } from './fixed-list.js';
import { checkGatewayName } from './gateway-name.js';
import { loadEvents } from './load-events.js';
import { buffersOf, tooLittleMemory } from './memory-limit.js';
import { roomForClients } from './open-files.js';
import { proxyPolicy } from './proxy-config.js';
import { type Status, statusOf } from './status.js';
import { Certificates } from './tls-files.js';

export interface RoleOptions extends KeySource {
  /** Default: that of the app, or warnings and errors on stderr. */
  readonly logger?: Logger;
  readonly platform?: Platform;
  /** Instead of the addresses in the app: in order of the listeners, or `protocol=address`. */
  readonly listen?: readonly string[];
  /** Descriptors of bound sockets, one for each listener. */
  readonly listenFds?: readonly number[];
  /** Instead of the registers of the app. */
  readonly register?: string | readonly string[];
  /** Where all gateways let workers dial in: instead of registers, and of the list of the app. */
  readonly gateways?: readonly string[];
  /** Where a gateway lets workers dial in, instead of the address in the app. All in one process: nowhere, unless it is given. */
  readonly link?: string;
  /**
   * A gateway's name among all gateways, the same after a restart: letters, digits, `.`, `_` and `-`, 64 at most. Workers
   * then know at once that its former life is over. Default: a new one each time.
   */
  readonly name?: string;
  /** Instead of the folder of the app. */
  readonly state?: string;
  /** What a gateway announces instead of the address it listens on for links; port 0 is the port of that. */
  readonly advertise?: string;
  /** Milliseconds within which a register must have been reached once; default 30,000. */
  readonly wait?: number;
  /** Bytes that this process may have; default: as many as it likes. See {@link buffersOf}. */
  readonly memory?: number;
  /** No register was reached in that time. */
  readonly onUnreachable?: (error: FramegateError) => void;
}

/** Milliseconds after which a broken link in memory is made anew. */
const RELINK = 100;

/** A role that runs. */
export interface Running {
  /** Where clients connect: protocol and address of each listener. */
  readonly listening: readonly { readonly name: string; readonly address: string }[];
  /** Where workers, or peers of a register, dial in; empty if nowhere. */
  readonly inner: string;
  readonly gateway?: Gateway;
  readonly worker?: WorkerCore;
  /** Resolves when the role can do its work: a worker has a gateway, for instance. */
  readonly ready: Promise<void>;
  /** What has been counted so far. */
  status(): Status;
  /**
   * Reads keys, certificates and the app's `denyFile` again. Links that were made with a key that is gone are closed, and made anew; clients stay.
   * @throws FramegateError `FG_KEY`, `FG_TLS`, `FG_CONFIG`, `FG_DISK`; all stays as it was then.
   */
  reloadKeys(): Promise<void>;
  /**
   * Orderly: clients are told, handlers settle. Never rejects.
   * @param within milliseconds for handlers; default 10,000
   * @returns the names of the messages whose handlers had not settled by then
   */
  stop(within?: number): Promise<readonly string[]>;
}

/**
 * Starts the whole application in this process: one gateway and one worker with a link in memory.
 * @throws FramegateError `FG_LISTEN`, `FG_EVENTS`, `FG_APP`
 * @example const running = await startAll(app, { listen: ['tcp://127.0.0.1:0'] });
 */
export async function startAll(app: App, options: RoleOptions = {}): Promise<Running> {
  const { platform, logger, links } = await outside(app, options);
  const { keys, reloadKeys } = await keptKeys(options, platform.disk, 'cluster', 'A gateway');
  const linkAddress =
    options.link === undefined
      ? undefined
      : innerAddress(options.link, 'links', !keys.isEmpty, app.linkTls !== undefined);
  const worker = await createWorker(app, platform, logger, keys);
  const certificates = await Certificates.read(app, platform);
  const gateway = await createGateway(app, platform, logger, options, keys, certificates);
  await gateway.listen();
  try {
    await worker.start();
  } catch (error) {
    await gateway.stop();
    throw error;
  }
  const connect = (): void => {
    const [a, b] = memoryLink(platform.turn);
    gateway.addWorker(a);
    worker.addGateway(b);
  };
  // Nothing but a fault can break a link in memory; the clients shall not pay for it.
  worker.onLost = () => platform.clock.setTimer(RELINK, connect);
  const ready = new Promise<void>(resolve => {
    worker.onLinked = resolve;
  });
  connect();
  await ready;
  // Other programs may be linked, also where there are no other processes.
  const listening = listeningOf(gateway);
  const inner = linkAddress === undefined ? undefined : await listenForLinks(gateway, linkAddress);
  const stop = once(logger, async within => {
    worker.onLost = undefined;
    await gateway.stop();
    return worker.stop(within);
  });
  const where = inner === undefined ? '' : formatAddress(inner);
  const status = () => statusOf(gateway, worker);
  const reload = withDenyFile(app, platform.disk, gateway, links.with(certificates.with(reloadKeys)));
  return { listening, inner: where, gateway, worker, ready, status, reloadKeys: reload, stop };
}

/** @throws FramegateError `FG_LISTEN`, `FG_KEY_REQUIRED`, `FG_CONFIG` when several registers are named and not which one. */
export async function startRegister(app: App, options: RoleOptions = {}): Promise<Running> {
  const { platform, logger, links } = await outside(app, options);
  const { keys, reloadKeys } = await keptKeys(options, platform.disk, 'cluster', 'A register');
  const [where, another] = registerAddresses(app, options.register, !keys.isEmpty);
  if (another !== undefined) {
    const text = 'The app names several registers; say which one this is: --register tcp://host:port';
    throw new FramegateError('FG_CONFIG', text);
  }
  const register = new Register({ platform, logger, keys });
  const address = await register.listen(where);
  const stop = once(logger, async () => {
    await register.stop();
    return [];
  });
  const status = () => ({});
  return {
    listening: [],
    inner: formatAddress(address),
    ready: Promise.resolve(),
    status,
    reloadKeys: links.with(reloadKeys),
    stop,
  };
}

/** @throws FramegateError `FG_LISTEN`, `FG_KEY_REQUIRED` */
export async function startGateway(app: App, options: RoleOptions = {}): Promise<Running> {
  const { platform, logger, links } = await outside(app, options);
  const { keys, reloadKeys } = await keptKeys(options, platform.disk, 'cluster', 'A gateway');
  const fixed = fixedGateways(app, options, !keys.isEmpty);
  const registers = registerAddresses(app, options.register, !keys.isEmpty);
  const linkAddress = innerAddress(options.link ?? app.link, 'links', !keys.isEmpty, app.linkTls !== undefined);
  checkOwnLink(linkAddress, fixed, logger);
  announcedLink(linkAddress, options.advertise);
  const certificates = await Certificates.read(app, platform);
  const gateway = await createGateway(app, platform, logger, options, keys, certificates);
  await gateway.listen();
  const listening = listeningOf(gateway);
  const link = formatAddress(announcedLink(await listenForLinks(gateway, linkAddress), options.advertise));
  const self = { role: 'gateway' as const, id: gateway.id, epoch: gateway.bootEpoch, link };
  let complained = false;
  const noNamesake: DiscoveryOptions['onGateways'] = gateways => {
    const other = gateways.find(({ id, epoch }) => id === self.id && epoch > self.epoch);
    if (other !== undefined && !complained) {
      const text = `Another gateway, at ${other.link}, is called "${self.id}" too: workers will not find this one again`;
      logger.error(`${text}; give each a --name of its own`);
    }
    complained = other !== undefined;
  };
  const discovery = new Discovery({
    platform,
    logger,
    registers,
    fixed,
    self,
    keys,
    ...waitOf(options),
    onGateways: noNamesake,
    moved: () => gateway.upstream.moves.list(gateway.clock.now()),
  });
  gateway.upstream.onMoved = () => discovery.registers?.announce();
  if (fixed.length > 0) discovery.found();
  const stop = once(logger, async () => {
    discovery.draining();
    await gateway.stop();
    discovery.stop();
    return [];
  });
  const status = () => statusOf(gateway, undefined);
  const reload = withDenyFile(app, platform.disk, gateway, links.with(certificates.with(reloadKeys)));
  return { listening, inner: link, gateway, ready: discovery.reached, status, reloadKeys: reload, stop };
}

/** @throws FramegateError `FG_EVENTS`, `FG_KEY_REQUIRED` */
export async function startWorker(app: App, options: RoleOptions = {}): Promise<Running> {
  const { platform, logger, links } = await outside(app, options);
  const { keys, reloadKeys } = await keptKeys(options, platform.disk, 'cluster', 'A worker');
  const fixed = fixedGateways(app, options, !keys.isEmpty);
  const registers = registerAddresses(app, options.register, !keys.isEmpty);
  const worker = await createWorker(app, platform, logger, keys);
  await worker.start();
  const self = { role: 'worker' as const, id: worker.id, epoch: worker.hello().epoch, link: '' };
  const folder = options.state ?? app.state;
  const lastView = folder === undefined ? undefined : new LastView(folder, platform.disk, platform.clock, logger);
  const discovery = new Discovery({
    platform,
    logger,
    registers,
    fixed,
    self,
    keys,
    lastView,
    ...waitOf(options),
    onGateways(gateways, leaving, informed) {
      const known = gateways.map(g => ({ id: g.id, epoch: g.epoch, link: parseAddress(g.link) }));
      worker.setView(known, leaving, informed);
    },
  });
  if (discovery.registers !== undefined) worker.lookout = discovery.registers;
  const ready = new Promise<void>(resolve => {
    worker.onLinked = () => {
      // Found without a register, it needs none.
      discovery.found();
      resolve();
    };
  });
  if (fixed.length > 0)
    worker.setView(fixed.map(link => ({ id: formatAddress(link), epoch: unknownEpoch(link), link })));
  const stop = once(logger, async within => {
    discovery.draining();
    const unsettled = await worker.stop(within);
    discovery.stop();
    return unsettled;
  });
  const status = () => statusOf(undefined, worker);
  return { listening: [], inner: '', worker, ready, status, reloadKeys: links.with(reloadKeys), stop };
}

function waitOf({ wait = 30_000, onUnreachable }: RoleOptions): Pick<DiscoveryOptions, 'wait' | 'onUnreachable'> {
  return { wait, onUnreachable };
}

async function createGateway(
  app: App,
  platform: Platform,
  logger: Logger,
  options: RoleOptions,
  keys: KeyRing,
  certificates: Certificates,
): Promise<Gateway> {
  const addresses: readonly Where[] =
    options.listenFds === undefined
      ? listenAddresses(app, options.listen ?? [])
      : options.listenFds.map(fd => ({ fd }));
  const listeners = app.listeners.map(({ listen, protocol, limits, delivery, proxy }, i) => ({
    where: addresses[i]!,
    protocol,
    limits,
    delivery,
    proxy: proxyPolicy(proxy, listen),
    tls: certificates.of[i],
  }));
  const { name } = options;
  checkGatewayName(name);
  const state = options.state ?? app.state;
  const { memory = Number.POSITIVE_INFINITY } = options;
  const little = tooLittleMemory(app, memory);
  if (little !== undefined) logger.warn(little);
  return new Gateway({
    platform,
    logger,
    listeners,
    name,
    keys,
    settings: { ...app.gateway, buffers: buffersOf(app, memory) },
    sockets: await roomForClients(app, platform.disk, logger),
    denied: await readDenyFile(app, platform.disk),
    quarantine: state && `${state}/quarantine`,
  });
}

async function createWorker(app: App, platform: Platform, logger: Logger, keys: KeyRing): Promise<WorkerCore> {
  const modules = new Map<string, WorkerModule>();
  for (const { protocol, events, concurrent } of app.listeners) {
    const loaded = await loadEvents(protocol.id, events);
    const other = modules.get(protocol.id);
    if (other !== undefined && other.events !== loaded) {
      throw new FramegateError('FG_CONFIG', `Two listeners of protocol "${protocol.id}" have different events modules`);
    }
    modules.set(protocol.id, { protocol, events: loaded, concurrent });
  }
  return new WorkerCore({ platform, logger, modules: [...modules.values()], limits: app.worker, keys });
}

/** Opens the port for links, or closes all again. */
async function listenForLinks(gateway: Gateway, where: Address): Promise<Address> {
  try {
    return (await gateway.listenForWorkers(where)).address;
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}

function listeningOf(gateway: Gateway): { name: string; address: string }[] {
  return gateway.addresses().map(({ name, address }) => ({ name, address: formatAddress(address) }));
}

async function outside(
  app: App,
  options: RoleOptions,
): Promise<{ platform: Platform; logger: Logger; links: LinkNet }> {
  const logger = options.logger ?? app.logger ?? stderrLogger('warn');
  const links = await linkNet(app.linkTls, options.platform ?? realPlatform());
  return { platform: links.platform, logger, links };
}

/** The last of the log is written when all is done. */
function once(logger: Logger, run: Running['stop']): Running['stop'] {
  let running: Promise<readonly string[]> | undefined;
  return within => {
    running ??= run(within).finally(() => logger.flush?.());
    return running;
  };
}
