/** Frames of real devices, which stand beside the repository; tests that need them skip where they are absent. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface CorpusFrame {
  readonly hex: string;
  readonly wireHex?: string;
  /** `ok`, or what is wrong with it. */
  readonly checksum?: string;
  readonly decoded?: { readonly positions?: readonly CorpusPosition[] } | null;
}

export interface CorpusPosition {
  /** `2016-02-14 20:06:29.000`, UTC. */
  readonly time?: string;
  readonly latitude?: number;
  readonly longitude?: number;
}

export interface CorpusStream {
  readonly inHex: string;
  readonly framesHex: readonly string[];
  readonly chunkSensitive?: boolean;
  readonly note?: string;
}

export interface Corpus {
  readonly frames: readonly CorpusFrame[];
  readonly streams: readonly CorpusStream[];
}

/** The corpus of one protocol, or the reason why there is none. */
export function corpus(name: string): Corpus | string {
  const folder = resolve(process.cwd(), process.env.FRAMEGATE_SHARED ?? '../shared');
  const file = `${folder}/corpus/frames/${name}.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Corpus) : `no corpus at ${file}`;
}
