/** Frames of real devices, which stand beside the repository; tests that need them skip where they are absent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface CorpusFrame {
  readonly hex: string;
  readonly wireHex?: string;
  /** `ok`, or what is wrong with it. */
  readonly checksum?: string;
  readonly checksumOk?: boolean | null;
  /** What the source's own test asserts: `error`, or values by the names of its fields. */
  readonly expect?: { readonly [name: string]: unknown };
  /** With escapes undone. */
  readonly unescapedHex?: string;
  readonly decoded?: { readonly ids?: readonly string[]; readonly positions?: readonly CorpusPosition[] } | null;
}

export interface CorpusPosition {
  /** `2016-02-14 20:06:29.000`, UTC. */
  readonly time?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  /** Metres. */
  readonly altitude?: number;
  /** Degrees. */
  readonly course?: number;
  /** 0 is left out. */
  readonly speedKnots?: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface CorpusStream {
  readonly inHex: string;
  readonly framesHex: readonly string[];
  readonly chunkSensitive?: boolean;
  /** The source lists no frame behind the first. */
  readonly firstFrameOnly?: boolean;
  readonly note?: string;
}

export interface Corpus {
  readonly frames: readonly CorpusFrame[];
  readonly streams: readonly CorpusStream[];
  /** What a server sends. */
  readonly commands?: readonly { readonly hex: string }[];
}

/** The corpus of one protocol, or the reason why there is none. */
export function corpus(name: string): Corpus | string {
  const file = `${shared()}/corpus/frames/${name}.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Corpus) : `no corpus at ${file}`;
}

/** Paths of the schemas that ship, and of those that stand beside the repository. */
export function allSchemas(): string[] {
  return ['protocols', join(shared(), 'schemas')]
    .filter(folder => existsSync(folder))
    .flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
    .filter(file => file.endsWith('.wire.yaml'));
}

function shared(): string {
  return resolve(process.cwd(), process.env.FRAMEGATE_SHARED ?? '../shared');
}
