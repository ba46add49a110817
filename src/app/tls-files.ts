/** Certificates and keys of listeners: files in PEM form, which can be read again while all runs. */
import type { Disk, Endpoint, Net, Tls, TlsOptions } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';
import type { App } from './define-app.js';

/** Paths are relative to where the process was started. */
export interface TlsFiles {
  /** The certificate, followed by those between it and the root that clients know. */
  readonly cert: string;
  /** Its private key. */
  readonly key: string;
  /** Of the key, where it has one. */
  readonly passphrase?: string;
  /** Clients must have a certificate that one of these has signed. Default: they need none. */
  readonly clientCa?: string;
  /** Default `TLSv1.2`. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** Bytes of such a file. */
const FILE_MOST = 1024 * 1024;

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
  for (const [name, value] of Object.entries(tls)) {
    const where = `in "tls" of the listener on ${listen}`;
    if (!(texts as readonly string[]).includes(name))
      fail(`There is no "${name}" ${where}; there are ${texts.join(', ')}`);
    if (value !== undefined && typeof value !== 'string') fail(`"${name}" ${where} is a text`);
  }
  const { minVersion = 'TLSv1.2' } = tls;
  if (minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3')
    fail(`"minVersion" in "tls" of the listener on ${listen} is "TLSv1.2" or "TLSv1.3"; it is "${minVersion}"`);
}

export class Certificates {
  /** For each listener of the app that speaks TLS. */
  readonly of: readonly (Tls | undefined)[];
  readonly #renew: () => Promise<void>;

  private constructor(of: readonly (Tls | undefined)[], renew: () => Promise<void>) {
    this.of = of;
    this.#renew = renew;
  }

  /** @throws FramegateError `FG_TLS`, `FG_DISK` */
  static async read(app: App, { net, disk }: { readonly net: Net; readonly disk: Disk }): Promise<Certificates> {
    const made: (Tls | undefined)[] = [];
    for (const { tls } of app.listeners) made.push(tls && net.tls(await contents(tls, disk)));
    const renew = async (): Promise<void> => {
      for (const [i, { tls }] of app.listeners.entries())
        if (tls !== undefined) made[i]!.renew(await contents(tls, disk));
    };
    return new Certificates(made, renew);
  }

  /** Also reads the files again. */
  after(reloadKeys: () => Promise<void>): () => Promise<void> {
    return async () => {
      await reloadKeys();
      await this.#renew();
    };
  }
}

async function contents(files: TlsFiles, disk: Disk): Promise<TlsOptions> {
  const { passphrase, minVersion = 'TLSv1.2' } = files;
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = await disk.read(path, FILE_MOST);
    if (bytes === undefined) throw new FramegateError('FG_TLS', `Cannot speak TLS: there is no file "${path}"`);
    return bytes;
  };
  const [cert, key] = [await read(files.cert), await read(files.key)];
  const clientCa = files.clientCa === undefined ? undefined : await read(files.clientCa);
  return { name: `"${files.cert}" and "${files.key}"`, cert, key, passphrase, clientCa, minVersion };
}
