/**
 * What `gw start` would find, found without starting: every problem, and what would run. Events modules are loaded, as
 * workers load them, and nothing of them is called.
 */
import { defaultLimits, Gateway, type ListenerLimits, withDefaults } from '../../gateway/index.js';
import { stderrLogger } from '../../log/index.js';
import { type Endpoint, formatAddress, type Platform } from '../../net/index.js';
import { ProtocolTable } from '../../protocol/index.js';
import { WorkerCore } from '../../worker/index.js';
import { listenAddresses } from '../addresses.js';
import type { App, ListenerConfig } from '../define-app.js';
import { readDenyFile } from '../deny-file.js';
import { checkGatewayName } from '../gateway-name.js';
import { loadEvents } from '../load-events.js';
import { tooLittleMemory } from '../memory-limit.js';
import { isOwnHost } from '../own-address.js';
import { type CertificateReport, checkCertificates, type Surroundings } from './certificates.js';
import { type Finding, Findings, numberOrNull } from './findings.js';
import { type GatewayReport, gatewayReport } from './gateway-report.js';
import { checkInner, checkKeys, checkLinkCertificates } from './inner.js';
import { checkFile, checkFolder, checkFree, checkOpenFiles, checkRunDirs } from './surroundings.js';

/** What parts say while they are only looked at. */
const silent = stderrLogger('silent');

/** As they are given to `gw start`. */
export interface CheckOptions {
  readonly role?: 'register' | 'gateway' | 'worker' | undefined;
  /** Separate processes, all started by one command. */
  readonly several: boolean;
  readonly listen: readonly string[];
  readonly register: readonly string[];
  readonly gateway: readonly string[];
  readonly link?: string | undefined;
  readonly advertise?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly name?: string | undefined;
  readonly state?: string | undefined;
  /** For the default of the run dir. */
  readonly appFile?: string | undefined;
  readonly runDir?: string | undefined;
  readonly logFile?: string | undefined;
  readonly pidFile?: string | undefined;
  /** Whether ports are free too. */
  readonly ports: boolean;
  /** Files that a process may have open; `Infinity`: nobody knows. */
  readonly openFiles: number;
  /** Bytes that a gateway may have; `Infinity`: no bound but that of the machine. */
  readonly memory: number;
}

/** What would be served at one address. Times in milliseconds, sizes in bytes; `null` where there is no bound. */
export interface ListenerReport {
  readonly address: string;
  readonly protocol: string;
  readonly version: string;
  readonly wireHash: string;
  readonly schemaHash: string;
  /** Of the longest frame. */
  readonly frame: number;
  /** In which a client must have logged in. */
  readonly login: number | null;
  /** Silence that ends a connection, by its heartbeat. */
  readonly heartbeat: number | null;
  readonly idle: number | null;
  readonly delivery: 'at-least-once' | 'at-most-once';
  readonly limits: EffectiveLimits;
  readonly proxies: readonly string[];
  readonly tls: CertificateReport | null;
}

/** `null`: no bound. */
type EffectiveLimits = {
  readonly [L in keyof ListenerLimits]-?: ListenerLimits[L] extends number | undefined
    ? number | null
    : NonNullable<ListenerLimits[L]>;
};

export interface CheckReport {
  /** Nothing keeps it from starting. */
  readonly ok: boolean;
  readonly name: string;
  readonly mode: string;
  readonly listeners: readonly ListenerReport[];
  /** What all listeners of a gateway have together; `null` where none would run. */
  readonly gateway: GatewayReport | null;
  /** How many keys there are for the links between processes. */
  readonly keys: number;
  /** Where registers are looked for; empty where none is needed. */
  readonly registers: readonly string[];
  /** Where gateways are, if a list says so instead of a register. */
  readonly gateways: readonly string[];
  /** Where workers dial in; `null` where they do not. */
  readonly link: string | null;
  /** The certificate for links; `null` where they do not speak TLS. `clientCa` is the authority of both sides. */
  readonly linkTls: CertificateReport | null;
  readonly state: string | null;
  readonly openFiles: number | null;
  readonly problems: readonly Finding[];
}

export async function checkApp(app: App, options: CheckOptions, platform: Platform): Promise<CheckReport> {
  const findings = new Findings();
  const { role, several } = options;
  const alone = role === undefined && !several;
  const [serves, works] = [role === undefined || role === 'gateway', role === undefined || role === 'worker'];
  const { keys, keyed } = await checkKeys(options, platform, findings);
  const inner = await checkInner(app, options, keyed, findings);
  const linkTls = await checkLinkCertificates(app, inner.dialled, surroundingsOf(platform), findings);
  const endpoints = serves ? await checkListen(app, options.listen, findings) : [];
  const listeners: ListenerReport[] = [];
  for (const [i, at] of endpoints.entries())
    listeners.push(await listenerReport(app.listeners[i]!, at, platform, findings));
  if (works) await checkEvents(app, platform, findings);
  if (serves) {
    await findings.try(() => checkGatewayName(options.name));
    await findings.try(() => gatewayOf(app, platform));
    await findings.try(() => readDenyFile(app, platform.disk));
    const clients = app.listeners.reduce((sum, { limits }) => sum + (limits?.clients ?? defaultLimits.clients), 0);
    checkOpenFiles(Math.min(clients, app.gateway.clients ?? clients), options.openFiles, findings);
    const little = tooLittleMemory(app, options.memory);
    if (little !== undefined) findings.warn(little);
  }
  const state = role === 'register' ? undefined : (options.state ?? app.state);
  if (state !== undefined) await checkFolder(state, findings);
  await checkRunDirs(options, findings);
  if (options.logFile !== undefined) await checkFile(options.logFile, 'log', findings);
  if (options.pidFile !== undefined) await checkFile(options.pidFile, 'pid', findings);
  if (options.ports) {
    const bound: Endpoint[] = [...endpoints];
    if (inner.link !== undefined) bound.push(inner.link);
    if (role === 'register') bound.push(...inner.registers);
    if (several) bound.push(...inner.registers.filter(({ host }) => isOwnHost(host)));
    for (const where of bound) await checkFree(where, platform.net, findings);
  }
  return {
    ok: findings.errors === 0,
    name: app.name,
    mode: alone ? 'all in one process' : several ? 'separate processes' : `role ${role}`,
    listeners,
    gateway: serves ? ((await findings.try(() => gatewayReport(app, options.memory))) ?? null) : null,
    keys,
    registers: inner.registers.map(formatAddress),
    gateways: inner.gateways.map(formatAddress),
    link: inner.link === undefined ? null : formatAddress(inner.link),
    linkTls: linkTls ?? null,
    state: state ?? null,
    openFiles: numberOrNull(options.openFiles),
    problems: findings.all,
  };
}

/** Where clients would connect; an override that cannot be used is named, and the next one is looked at. */
async function checkListen(app: App, overrides: readonly string[], findings: Findings): Promise<Endpoint[]> {
  const usable: string[] = [];
  for (const override of overrides) {
    const taken = await findings.try(() => listenAddresses(app, [...usable, override]));
    if (taken !== undefined) usable.push(override);
    // The place of one that is given without a name counts.
    else if (!/^[\w.-]+=/.test(override)) {
      const place = usable.filter(text => !/^[\w.-]+=/.test(text)).length;
      if (place < app.listeners.length) usable.push(app.listeners[place]!.listen);
    }
  }
  return (await findings.try(() => listenAddresses(app, usable))) ?? [];
}

async function listenerReport(
  { protocol, limits, delivery = 'at-least-once', proxy, tls }: ListenerConfig,
  at: Endpoint,
  platform: Platform,
  findings: Findings,
): Promise<ListenerReport> {
  const table = new ProtocolTable(protocol);
  const effective = Object.entries(withDefaults(limits)).map(([name, value]) => [
    name,
    typeof value === 'number' ? numberOrNull(value) : value,
  ]);
  return {
    address: formatAddress(at),
    protocol: protocol.id,
    version: protocol.version,
    wireHash: protocol.wireHash,
    schemaHash: protocol.schemaHash,
    frame: protocol.limits.frame,
    login: numberOrNull(table.authWithin),
    heartbeat: numberOrNull(table.silence),
    idle: numberOrNull(protocol.limits.idle),
    delivery,
    limits: Object.fromEntries(effective) as EffectiveLimits,
    proxies: proxy?.trusted ?? [],
    tls: tls === undefined ? null : ((await checkCertificates(tls, surroundingsOf(platform), findings)) ?? null),
  };
}

async function checkEvents(app: App, platform: Platform, findings: Findings): Promise<void> {
  const seen = new Map<string, object>();
  for (const { protocol, events, concurrent } of app.listeners) {
    const loaded = await findings.try(() => loadEvents(protocol.id, events));
    if (loaded === undefined) continue;
    const other = seen.get(protocol.id);
    if (other !== undefined && other !== loaded)
      findings.error(`Two listeners of protocol "${protocol.id}" have different events modules`, 'FG_CONFIG');
    if (other !== undefined) continue;
    seen.set(protocol.id, loaded);
    const modules = [{ protocol, events: loaded, concurrent }];
    await findings.try(() => new WorkerCore({ platform, logger: silent, modules, limits: app.worker }));
  }
}

/** What a gateway refuses when it is made; it does not listen. */
function gatewayOf(app: App, platform: Platform): Gateway {
  const listeners = app.listeners.map(({ protocol, limits, delivery }) => ({
    where: { host: '127.0.0.1', port: 0 },
    protocol,
    limits,
    delivery,
  }));
  return new Gateway({ platform, logger: silent, listeners, settings: app.gateway });
}

function surroundingsOf({ net, disk, clock }: Platform): Surroundings {
  return { net, disk, now: clock.wallNow() };
}
