/** Certificates and keys, as files in PEM form. */
import { FramegateError } from '../protocol/errors.js';
import type { Disk } from './disk.js';
import type { TlsOptions } from './net.js';

/** Paths are relative to where the process was started. */
export interface PemFiles {
  /** The certificate, followed by those between it and the root that the other side knows. */
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

/** What stands in the files. @throws FramegateError `FG_TLS`, `FG_DISK` */
export async function tlsContents(files: PemFiles, disk: Disk): Promise<TlsOptions> {
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
