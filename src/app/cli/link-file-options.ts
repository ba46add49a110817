/** Certificates for links: the same options for all commands that start an application, or look at one. */
import { Option } from 'commander';

export function linkFileOptions(): [cert: Option, key: Option, ca: Option] {
  return [
    new Option('--link-cert <path>', 'certificate of this process for links in TLS (default: the app says)'),
    new Option('--link-key <path>', 'its private key, without a passphrase (default: the app says)'),
    new Option('--link-ca <path>', 'the authority of all certificates for links (default: the app says)'),
  ];
}
