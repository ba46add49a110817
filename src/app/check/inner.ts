/** What the processes of an application need to find and believe one another: keys, certificates, addresses. */
import { KeyRing, pemFilesOf, readKeys } from '../../link/index.js';
import { stderrLogger } from '../../log/index.js';
import type { Address, Platform } from '../../net/index.js';
import { announcedLink, innerAddress, registerAddresses } from '../addresses.js';
import type { App } from '../define-app.js';
import { checkOwnLink, fixedGateways } from '../fixed-list.js';
import { isOwnHost } from '../own-address.js';
import { type CertificateReport, checkCertificates, checkOwnCertificate, type Surroundings } from './certificates.js';
import type { CheckOptions } from './check-app.js';
import type { Findings } from './findings.js';

const silent = stderrLogger('silent');

/** @returns how many there are, and whether links are to be made with keys: without that every address would be blamed too. */
export async function checkKeys(
  { keyFile }: CheckOptions,
  { disk }: Platform,
  findings: Findings,
): Promise<{ keys: number; keyed: boolean }> {
  const texts = await findings.try(() => readKeys(keyFile === undefined ? {} : { keyFile }, disk));
  await findings.try(() => new KeyRing(texts ?? []).need('cluster', 'Every process'));
  return { keys: texts?.length ?? 0, keyed: texts === undefined || texts.length > 0 };
}

export interface Inner {
  readonly registers: readonly Address[];
  readonly gateways: readonly Address[];
  readonly link: Address | undefined;
  /** Under which others would dial what would run here. */
  readonly dialled: readonly Address[];
}

/** The addresses between processes; each by itself, so that all that are wrong are named. */
export async function checkInner(app: App, options: CheckOptions, keyed: boolean, findings: Findings): Promise<Inner> {
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
  const own = role === 'register' ? registers : several ? registers.filter(({ host }) => isOwnHost(host)) : [];
  // The gateways of a supervisor are told nothing else.
  const text = alone ? options.link : several ? app.link : role === 'gateway' ? (options.link ?? app.link) : undefined;
  if (text === undefined) return { registers, gateways: listed, link: undefined, dialled: own };
  const link = await findings.try(() => innerAddress(text, 'links', keyed, app.linkTls !== undefined));
  if (link === undefined || alone)
    return { registers, gateways: listed, link, dialled: link === undefined ? [] : [link] };
  const announced = await findings.try(() => announcedLink(link, role === 'gateway' ? advertise : undefined));
  if (role === 'gateway')
    await findings.try(() => checkOwnLink(link, listed, { ...silent, warn: line => findings.warn(line) }));
  return { registers, gateways: listed, link, dialled: announced === undefined ? own : [...own, announced] };
}

/** @returns `undefined` where links do not speak TLS, or cannot: `findings` says why */
export async function checkLinkCertificates(
  { linkTls }: App,
  dialled: readonly Address[],
  surroundings: Surroundings,
  findings: Findings,
): Promise<CertificateReport | undefined> {
  if (linkTls === undefined) return undefined;
  const files = pemFilesOf(linkTls);
  const report = await checkCertificates(files, surroundings, findings);
  if (report === undefined) return undefined;
  const hosts = dialled.filter(({ tls, host }) => tls === true && host !== '0.0.0.0' && host !== '::');
  await checkOwnCertificate(files, [...new Set(hosts.map(({ host }) => host))], surroundings, findings);
  return report;
}
