/** What can be known of certificates before the first client calls: that they fit their keys, and for how long they last. */
import { X509Certificate } from 'node:crypto';
import { type Disk, type Net, tlsContents } from '../../net/index.js';
import type { TlsFiles } from '../tls-files.js';
import type { Findings } from './findings.js';

const DAY = 24 * 3600 * 1000;
/** Days before its end from which on a certificate is worth a word. */
const SOON = 30;

/** How long a listener, or a link, can speak TLS. */
export interface CertificateReport {
  readonly cert: string;
  /** ISO time at which the first of the chain ends. */
  readonly until: string;
  readonly daysLeft: number;
  readonly clientCa?: string;
}

export interface Surroundings {
  readonly net: Net;
  readonly disk: Disk;
  /** Wall time in milliseconds. */
  readonly now: number;
}

/** @returns `undefined` when they cannot be used at all: `findings` says why */
export async function checkCertificates(
  files: TlsFiles,
  { net, disk, now }: Surroundings,
  findings: Findings,
): Promise<CertificateReport | undefined> {
  const contents = await findings.try(() => tlsContents(files, disk));
  if (contents === undefined) return undefined;
  const usable = await findings.try(() => net.tls(contents));
  if (usable === undefined) return undefined;
  let until = Number.POSITIVE_INFINITY;
  for (const [path, bytes] of [
    [files.cert, contents.cert],
    [files.clientCa, contents.clientCa],
  ] as const) {
    if (path === undefined || bytes === undefined) continue;
    for (const certificate of certificatesIn(bytes)) {
      const ends = sayLife(certificate, path, now, findings);
      if (path === files.cert) until = Math.min(until, ends);
    }
  }
  const { clientCa } = files;
  return {
    cert: files.cert,
    until: new Date(until).toISOString(),
    daysLeft: Math.floor((until - now) / DAY),
    ...(clientCa !== undefined && { clientCa }),
  };
}

/** @returns when it ends, in wall time */
function sayLife(
  { subject, validFrom, validTo }: X509Certificate,
  path: string,
  now: number,
  findings: Findings,
): number {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  const name = subject?.replaceAll('\n', ', ') ?? 'without a name';
  const what = `The certificate in "${path}" (${name})`;
  const on = (time: number): string => new Date(time).toISOString().slice(0, 10);
  if (to <= now) findings.error(`${what} has expired on ${on(to)}; put a new one in its place`, 'FG_TLS');
  else if (from > now)
    findings.error(`${what} is not valid before ${on(from)}; is the clock of this machine right?`, 'FG_TLS');
  else if (to - now < SOON * DAY) {
    const left = Math.floor((to - now) / DAY);
    findings.warn(
      `${what} expires in ${left} ${left === 1 ? 'day' : 'days'}, on ${on(to)}; renew it, and have it read again with SIGHUP`,
    );
  }
  return to;
}

/** Links: whether the other processes, which know the same authority, believe this certificate under these names. */
export async function checkOwnCertificate(
  files: TlsFiles,
  hosts: readonly string[],
  { disk }: Surroundings,
  findings: Findings,
): Promise<void> {
  const { cert, clientCa } = await tlsContents(files, disk);
  const chain = certificatesIn(cert);
  const [own, last] = [chain[0], chain.at(-1)];
  if (own === undefined || last === undefined || clientCa === undefined) return;
  const signed = certificatesIn(clientCa).some(ca => last.checkIssued(ca) && last.verify(ca.publicKey));
  if (!signed)
    findings.warn(
      `The certificate in "${files.cert}" is not signed by "${files.clientCa}": no other process believes it`,
    );
  for (const host of hosts) {
    if (own.checkHost(host) !== undefined || own.checkIP(host) !== undefined) continue;
    findings.warn(
      `The certificate in "${files.cert}" is not for "${host}", under which others dial: they refuse it; name it in its subjectAltName`,
    );
  }
}

/** All of a file: the certificate is followed by those between it and its root. */
function certificatesIn(bytes: Uint8Array): X509Certificate[] {
  const text = new TextDecoder().decode(bytes);
  const parts = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return parts.map(part => new X509Certificate(part));
}
