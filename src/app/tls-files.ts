/** Certificates and keys of listeners: files in PEM form, which can be read again while all runs. */
import { type Disk, type Endpoint, type Net, type PemFiles, type Tls, tlsContents } from '../net/index.js';
import { checkKeys, FramegateError } from '../protocol/index.js';
import type { App } from './define-app.js';

/** Those of a listener. */
export type TlsFiles = PemFiles;

const texts = ['cert', 'key', 'passphrase', 'clientCa', 'minVersion'] as const;

/** @throws FramegateError `FG_CONFIG` */
export function checkTls(tls: TlsFiles | undefined, endpoint: Endpoint, listen: string): void {
  const fail = (text: string): never => {
    throw new FramegateError('FG_CONFIG', text);
  };
  const speaks = !('path' in endpoint) && endpoint.tls === true;
  if (tls === undefined) {
    if (speaks) fail(`The listener on ${listen} has no certificate; give it tls: { cert: 'cert.pem', key: 'key.pem' }`);
    return;
  }
  if (!speaks) fail(`The listener on ${listen} has "tls", and an address that does not begin with tls://`);
  if (typeof tls !== 'object' || tls === null || tls.cert === undefined || tls.key === undefined)
    fail(`"tls" of the listener on ${listen} names two files: { cert: 'cert.pem', key: 'key.pem' }`);
  const what = `"tls" of the listener on ${listen}`;
  checkKeys(tls, texts, what);
  for (const [name, value] of Object.entries(tls))
    if (value !== undefined && typeof value !== 'string') fail(`"${name}" in ${what} is a text`);
  const { minVersion = 'TLSv1.2' } = tls;
  if (minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3')
    fail(`"minVersion" in ${what} is "TLSv1.2" or "TLSv1.3"; it is "${minVersion}"`);
}

export class Certificates {
  /** For each listener of the app that speaks TLS. */
  readonly of: readonly (Tls | undefined)[];
  readonly #prepare: () => Promise<() => void>;

  private constructor(of: readonly (Tls | undefined)[], prepare: () => Promise<() => void>) {
    this.of = of;
    this.#prepare = prepare;
  }

  /** @throws FramegateError `FG_TLS`, `FG_DISK` */
  static async read(app: App, { net, disk }: { readonly net: Net; readonly disk: Disk }): Promise<Certificates> {
    const readAll = () => Promise.all(app.listeners.map(({ tls }) => tls && tlsContents(tls, disk)));
    const made = (await readAll()).map(options => options && net.tls(options));
    const prepare = async (): Promise<() => void> => {
      const all = await readAll();
      // What one of them cannot use shall not leave the others changed.
      for (const options of all) if (options !== undefined) net.tls(options);
      return () => {
        for (const [i, options] of all.entries()) if (options !== undefined) made[i]!.renew(options);
      };
    };
    return new Certificates(made, prepare);
  }

  /** Reads the files again together with the keys: all are taken, or none. */
  with(reloadKeys: () => Promise<void>): () => Promise<void> {
    return async () => {
      const renew = await this.#prepare();
      await reloadKeys();
      renew();
    };
  }
}
