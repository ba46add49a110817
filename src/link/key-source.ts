/** Where a process has its keys from: what it was given, a file, or its environment. */
import type { Disk } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';
import { type KeyKind, KeyRing } from './keys.js';

export interface KeySource {
  /** Keys as text, the preferred one first. Default: those in the environment variable `FRAMEGATE_KEY`, if there are any. */
  readonly key?: string | readonly string[];
  /** A file with one key in a line; lines that begin with `#` do not count. It can be read again while all runs. */
  readonly keyFile?: string;
}

/** Bytes of a key file. */
const FILE_MOST = 4096;

/** @throws FramegateError `FG_KEY`, `FG_CONFIG`, `FG_DISK` */
export async function readKeys({ key, keyFile }: KeySource, disk: Disk): Promise<string[]> {
  if (key !== undefined && keyFile !== undefined)
    throw new FramegateError('FG_CONFIG', 'Give "key" or "keyFile", not both');
  if (keyFile !== undefined) return fromFile(keyFile, disk);
  return [key ?? process.env.FRAMEGATE_KEY ?? ''].flat().flatMap(text => text.split(/[\s,]+/).filter(t => t !== ''));
}

async function fromFile(path: string, disk: Disk): Promise<string[]> {
  const bytes = await disk.read(path, FILE_MOST);
  if (bytes === undefined) {
    throw new FramegateError('FG_KEY', `There is no key file "${path}"; make one with: gw key > ${path}`);
  }
  const lines = new TextDecoder().decode(bytes).split('\n');
  const keys = lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'));
  if (keys.length === 0) throw new FramegateError('FG_KEY', `The key file "${path}" has no key in it`);
  return keys;
}

/** Keys in use, and how to have them read again. */
export interface KeptKeys {
  readonly keys: KeyRing;
  /** @throws FramegateError `FG_KEY`, `FG_DISK`; the old keys stay then. */
  reloadKeys(): Promise<void>;
}

/**
 * @param kind which the process must have, if it has keys at all.
 * @param who `A worker`, for the error.
 * @throws FramegateError `FG_KEY`, `FG_CONFIG`, `FG_DISK`
 */
export async function keptKeys(source: KeySource, disk: Disk, kind: KeyKind, who: string): Promise<KeptKeys> {
  const keys = new KeyRing(await readKeys(source, disk));
  keys.need(kind, who);
  const reloadKeys = async (): Promise<void> => {
    const texts = await readKeys(source, disk);
    new KeyRing(texts).need(kind, who);
    if (keys.isEmpty !== (texts.length === 0)) {
      throw new FramegateError('FG_KEY', 'Keys cannot come or go altogether while a process runs; start it again');
    }
    keys.replace(texts);
  };
  return { keys, reloadKeys };
}
