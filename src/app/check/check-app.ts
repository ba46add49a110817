/**
 * What `gw start` would find, found without starting: every problem, and what would run. Events modules are loaded, as
 * workers load them, and nothing of them is called.
 */
import { defaultLimits, Gateway, type ListenerLimits, withDefaults } from '../../gateway/index.js';
import { KeyRing, readKeys } from '../../link/index.js';
import { stderrLogger } from '../../log/index.js';
import { type Address, type Endpoint, formatAddress, type Platform } from '../../net/index.js';
import { ProtocolTable } from '../../protocol/index.js';
import { WorkerCore } from '../../worker/index.js';
import { announcedLink, innerAddress, listenAddresses, registerAddresses } from '../addresses.js';
import type { App, ListenerConfig } from '../define-app.js';
import { readDenyFile } from '../deny-file.js';
import { checkOwnLink, fixedGateways } from '../fixed-list.js';
import { loadEvents } from '../load-events.js';
import { isOwnHost } from '../own-address.js';
import { type CertificateReport, checkCertificates } from './certificates.js';
import { type Finding, Findings } from './findings.js';
import { checkFolder, checkFree, checkOpenFiles } from './surroundings.js';

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
  readonly state?: string | undefined;
  /** Whether ports are free too. */
  readonly ports: boolean;
  /** Files that a process may have open; `Infinity`: nobody knows. */
  readonly openFiles: number;
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
  /** How many keys there are for the links between processes. */
  readonly keys: number;
  /** Where registers are looked for; empty where none is needed. */
  readonly registers: readonly string[];
  /** Where gateways are, if a list says so instead of a register. */
  readonly gateways: readonly string[];
  /** Where workers dial in; `null` where they do not. */
  readonly link: string | null;
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
  const endpoints = serves ? await checkListen(app, options.listen, findings) : [];
  const listeners: ListenerReport[] = [];
  for (const [i, at] of endpoints.entries())
    listeners.push(await listenerReport(app.listeners[i]!, at, platform, findings));
  if (works) await checkEvents(app, platform, findings);
  if (serves) {
    await findings.try(() => gatewayOf(app, platform));
    await findings.try(() => readDenyFile(app, platform.disk));
    const clients = app.listeners.reduce((sum, { limits }) => sum + (limits?.clients ?? defaultLimits.clients), 0);
    checkOpenFiles(Math.min(clients, app.gateway.clients ?? clients), options.openFiles, findings);
  }
  const state = role === 'register' ? undefined : (options.state ?? app.state);
  if (state !== undefined) await checkFolder(state, findings);
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
    keys,
    registers: inner.registers.map(formatAddress),
    gateways: inner.gateways.map(formatAddress),
    link: inner.link === undefined ? null : formatAddress(inner.link),
    state: state ?? null,
    openFiles: numberOrNull(options.openFiles),
    problems: findings.all,
  };
}

/** @returns how many there are, and whether links are to be made with keys: without that every address would be blamed too. */
async function checkKeys(
  { keyFile }: CheckOptions,
  { disk }: Platform,
  findings: Findings,
): Promise<{ keys: number; keyed: boolean }> {
  const texts = await findings.try(() => readKeys(keyFile === undefined ? {} : { keyFile }, disk));
  await findings.try(() => new KeyRing(texts ?? []).need('cluster', 'Every process'));
  return { keys: texts?.length ?? 0, keyed: texts === undefined || texts.length > 0 };
}

interface Inner {
  readonly registers: readonly Address[];
  readonly gateways: readonly Address[];
  readonly link: Address | undefined;
}

/** The addresses between processes; each by itself, so that all that are wrong are named. */
async function checkInner(app: App, options: CheckOptions, keyed: boolean, findings: Findings): Promise<Inner> {
  const { role, several, register, gateway, advertise } = options;
  const alone = role === undefined && !several;
  const listed =
    alone || several || role === 'register'
      ? []
      : ((await findings.try(() => fixedGateways(app, { register, gateways: gateway }, keyed))) ?? []);
  const registers =
    alone || listed.length > 0
      ? []
      : ((await findings.try(() =>
          registerAddresses(app, register, keyed, several ? 'tcp://127.0.0.1:0' : undefined),
        )) ?? []);
  if (role === 'register' && registers.length > 1)
    findings.error('The app names several registers; say which one this is: --register tcp://host:port', 'FG_CONFIG');
  const text = alone ? options.link : several || role === 'gateway' ? (options.link ?? app.link) : undefined;
  if (text === undefined) return { registers, gateways: listed, link: undefined };
  const link = await findings.try(() => innerAddress(text, 'links', keyed));
  if (link !== undefined && role === 'gateway') {
    await findings.try(() => announcedLink(link, advertise));
    await findings.try(() => checkOwnLink(link, listed, { ...silent, warn: line => findings.warn(line) }));
  }
  return { registers, gateways: listed, link };
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
  const surroundings = { net: platform.net, disk: platform.disk, now: platform.clock.wallNow() };
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
    tls: tls === undefined ? null : ((await checkCertificates(tls, surroundings, findings)) ?? null),
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

/** JSON has no infinity. */
function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
