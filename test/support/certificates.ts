/** Certificates for tests: an authority, servers and clients, made by `openssl` in a folder of their own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const noOpenssl =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed: certificates cannot be made';

export class Authority {
  readonly folder: string;
  /** Path of its certificate. */
  readonly cert: string;
  readonly #name: string;

  constructor(name = 'test', folder = mkdtempSync(join(tmpdir(), 'framegate-tls-'))) {
    this.folder = folder;
    this.#name = name;
    this.cert = this.path(`${name}.pem`);
    const subject = ['-subj', `/CN=${name} authority`, '-days', '2'];
    this.#openssl('req', '-x509', ...newKey, '-keyout', this.path(`${name}.key`), '-out', this.cert, ...subject);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /**
   * Paths of a certificate and its key; one of the same name takes the place of the last.
   * @param days for which it is valid
   */
  issue(name: string, days = 2): { cert: string; key: string } {
    const [cert, key, request, names] = ['.pem', '.key', '.csr', '.ext'].map(end => this.path(name + end));
    this.#openssl('req', ...newKey, '-keyout', key!, '-out', request!, '-subj', `/CN=${name}`);
    writeFileSync(names!, 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1');
    const signer = ['-CA', this.cert, '-CAkey', this.path(`${this.#name}.key`), '-CAcreateserial'];
    this.#openssl('x509', '-req', '-in', request!, ...signer, '-out', cert!, '-days', String(days), '-extfile', names!);
    return { cert: cert!, key: key! };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #openssl(...args: string[]): void {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
