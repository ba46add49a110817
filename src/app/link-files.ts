/** Certificates for links from the command line or the environment: each instead of that of the app. */
import type { LinkTlsFiles } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import type { App } from './define-app.js';

export interface LinkFiles {
  readonly linkCert?: string | undefined;
  readonly linkKey?: string | undefined;
  readonly linkCa?: string | undefined;
}

const options = { cert: '--link-cert', key: '--link-key', ca: '--link-ca' } as const;

/** @throws FramegateError `FG_CONFIG` when one of the three is named neither here nor by the app. */
export function withLinkFiles(app: App, { linkCert, linkKey, linkCa }: LinkFiles): App {
  if (linkCert === undefined && linkKey === undefined && linkCa === undefined) return app;
  const cert = linkCert ?? app.linkTls?.cert;
  const key = linkKey ?? app.linkTls?.key;
  const ca = linkCa ?? app.linkTls?.ca;
  if (cert === undefined || key === undefined || ca === undefined) {
    const lacking = Object.entries({ cert, key, ca }).filter(([, file]) => file === undefined);
    const names = lacking.map(([name]) => options[name as keyof typeof options]).join(' and ');
    const text = `Links in TLS need a certificate, its key and the authority; the app has no "linkTls": add ${names}`;
    throw new FramegateError('FG_CONFIG', text);
  }
  // The passphrase is that of the app's own key.
  const passphrase = linkKey === undefined ? app.linkTls?.passphrase : undefined;
  const linkTls: LinkTlsFiles = { cert, key, ca, ...(passphrase !== undefined && { passphrase }) };
  return { ...app, linkTls };
}

/** The same for another process. */
export function linkFileWords({ linkCert, linkKey, linkCa }: LinkFiles): string[] {
  const given = { [options.cert]: linkCert, [options.key]: linkKey, [options.ca]: linkCa };
  return Object.entries(given).flatMap(([option, file]) => (file === undefined ? [] : [option, file]));
}
