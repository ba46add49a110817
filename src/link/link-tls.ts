/** TLS between processes: each shows a certificate, and believes those that the same authority has signed. */
import { type PemFiles, type Platform, SecureNet, tlsContents } from '../net/index.js';
import { checkKeys, FramegateError } from '../protocol/index.js';

/** Files in PEM form; paths are relative to where the process was started. */
export interface LinkTlsFiles {
  /** The certificate of this process; it names the hosts under which others dial it. */
  readonly cert: string;
  /** Its private key. */
  readonly key: string;
  /** Of the key, where it has one. */
  readonly passphrase?: string;
  /** Of the authority that has signed the certificates of all processes, and of nobody else. */
  readonly ca: string;
}

const texts = ['cert', 'key', 'passphrase', 'ca'] as const;

/** @throws FramegateError `FG_CONFIG` */
export function checkLinkTls(files: LinkTlsFiles | undefined): void {
  if (files === undefined) return;
  const isWhole = typeof files === 'object' && files !== null && [files.cert, files.key, files.ca].every(isText);
  if (!isWhole) {
    const text = "\"linkTls\" names three files: { cert: 'link.pem', key: 'link.key', ca: 'links-ca.pem' }";
    throw new FramegateError('FG_CONFIG', text);
  }
  checkKeys(files, texts, '"linkTls"');
  if (files.passphrase !== undefined && !isText(files.passphrase))
    throw new FramegateError('FG_CONFIG', '"passphrase" in "linkTls" is a text');
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** The same as files of a listener: it asks for certificates as it shows its own. */
export function pemFilesOf({ ca, ...own }: LinkTlsFiles): PemFiles {
  return { ...own, clientCa: ca, minVersion: 'TLSv1.3' };
}

/** The network of links, and how to have its files read again. */
export interface LinkNet {
  readonly platform: Platform;
  /** Reads the files again together with what else is read: all is taken, or nothing. */
  with(reload: () => Promise<void>): () => Promise<void>;
}

/** @throws FramegateError `FG_CONFIG`, `FG_TLS`, `FG_DISK` */
export async function linkNet(files: LinkTlsFiles | undefined, platform: Platform): Promise<LinkNet> {
  checkLinkTls(files);
  if (files === undefined) return { platform, with: reload => reload };
  const { net, disk } = platform;
  const read = () => tlsContents(pemFilesOf(files), disk);
  const tls = net.tls(await read());
  const withFiles = (reload: () => Promise<void>) => async (): Promise<void> => {
    const options = await read();
    // What cannot be used shall not leave the others changed.
    net.tls(options);
    await reload();
    tls.renew(options);
  };
  return { platform: { ...platform, net: new SecureNet(net, tls) }, with: withFiles };
}
