/**
 * Keys: who has one may link. They are text, so that they fit into a file or an environment variable:
 *
 *     fgk-cluster-<43 characters of base64url>         256 bits
 *
 * Gateways, workers and registers need a cluster key. From it follows a key for pushers, and from that one for readers: a
 * gateway knows all three, and nobody gets from a lesser key to a greater one. No key ever leaves the process; what is
 * sent is a name that follows from it, and proofs.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Random } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';
import type { LinkRole } from './hello.js';
import type { Link } from './link.js';

/** From the one that may do most to the one that may do least. */
export const keyKinds = ['cluster', 'pusher', 'reader'] as const;
export type KeyKind = (typeof keyKinds)[number];

/** Bytes of a key's public name. */
export const KEY_NAME = 8;
/** Bytes of a proof. */
export const PROOF = 32;
/** The one in use, and the one that comes or goes. */
const MOST = 2;
const SHAPE = /^fgk-(cluster|pusher|reader)-([A-Za-z0-9_-]{43})$/;

/** One key, for links of one kind. What is secret stands in private fields, which nothing prints. */
export class LinkKey {
  /** Public; the same on both sides. */
  readonly name: Uint8Array;
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
    this.name = hmac(secret, 'framegate key name').subarray(0, KEY_NAME);
  }

  /** @param parts what both sides have said so far: nonces, roles, ids and versions are in it. */
  prove(label: string, parts: readonly Uint8Array[]): Uint8Array {
    const h = createHmac('sha256', this.#secret).update(label);
    const size = new Uint8Array(4);
    for (const part of parts) {
      new DataView(size.buffer).setUint32(0, part.length);
      h.update(size).update(part);
    }
    return h.digest();
  }

  /** In a time that does not depend on where they differ. */
  holds(proof: Uint8Array, label: string, parts: readonly Uint8Array[]): boolean {
    return proof.length === PROOF && timingSafeEqual(proof, this.prove(label, parts));
  }

  /** The next lesser key. */
  lesser(kind: KeyKind): Uint8Array {
    return hmac(this.#secret, `framegate ${kind} key`);
  }
}

/** The keys of a process, at most two: the one in use, and the one that comes or goes. */
export class KeyRing {
  #byKind: ReadonlyMap<KeyKind, readonly LinkKey[]> = new Map();
  /** Links, and the names of the keys that they were made with. */
  readonly #links = new Map<Link, Uint8Array>();
  #prune = 64;

  /** @throws FramegateError `FG_KEY`; the text of a key is never in it. */
  constructor(texts: readonly string[] = []) {
    this.replace(texts);
  }

  get isEmpty(): boolean {
    return this.#byKind.size === 0;
  }

  /**
   * From now on these are the keys. Links that were made with one that is gone are closed, behind what was written; who has
   * dialled them dials again.
   * @throws FramegateError `FG_KEY`; the old keys stay then.
   */
  replace(texts: readonly string[]): void {
    if (texts.length > MOST) {
      const what = 'the one in use, and the one that comes or goes';
      throw new FramegateError('FG_KEY', `${texts.length} keys are given, and at most ${MOST} can be used: ${what}`);
    }
    const byKind = new Map<KeyKind, LinkKey[]>();
    for (const text of texts) {
      const { kind, secret } = parse(text);
      let key = new LinkKey(secret);
      for (let i = keyKinds.indexOf(kind); i < keyKinds.length; i++) {
        const list = byKind.get(keyKinds[i]!);
        if (list === undefined) byKind.set(keyKinds[i]!, [key]);
        else list.push(key);
        const next = keyKinds[i + 1];
        if (next !== undefined) key = new LinkKey(key.lesser(next));
      }
    }
    this.#byKind = byKind;
    for (const [link, name] of this.#links) {
      if (this.#has(name)) continue;
      this.#links.delete(link);
      link.close();
    }
  }

  /** @throws FramegateError `FG_KEY` when there are keys, but none that makes a role such as `a worker`. */
  need(kind: KeyKind, who: string): void {
    if (this.isEmpty || this.of(kind).length > 0) return;
    throw new FramegateError('FG_KEY', `${who} needs a ${kind} key; the one that was given is for lesser roles`);
  }

  /** The keys for links of this kind, the preferred one first. */
  of(kind: KeyKind): readonly LinkKey[] {
    return this.#byKind.get(kind) ?? [];
  }

  /** The link stands on this key. */
  guard(link: Link, key: LinkKey): void {
    this.#links.set(link, key.name);
    if (this.#links.size < this.#prune) return;
    for (const other of this.#links.keys()) if (!other.open) this.#links.delete(other);
    this.#prune = Math.max(64, this.#links.size * 2);
  }

  #has(name: Uint8Array): boolean {
    for (const keys of this.#byKind.values()) if (find(keys, name) !== undefined) return true;
    return false;
  }
}

/** The key of this public name. */
export function find(keys: readonly LinkKey[], name: Uint8Array): LinkKey | undefined {
  return keys.find(key => Buffer.compare(key.name, name) === 0);
}

/** Which key a link of this dialler needs. */
export function kindFor(dialler: LinkRole): KeyKind {
  return dialler === 'pusher' || dialler === 'reader' ? dialler : 'cluster';
}

/** A new cluster key. */
export function createKey(random: Random): string {
  return write('cluster', random.bytes(32));
}

/**
 * The key for a lesser role that follows from a key.
 * @throws FramegateError `FG_KEY` when it does not follow from it
 */
export function deriveKey(text: string, kind: KeyKind): string {
  const from = parse(text);
  let { secret } = from;
  const at = keyKinds.indexOf(from.kind);
  const to = keyKinds.indexOf(kind);
  if (to < at)
    throw new FramegateError('FG_KEY', `From a ${from.kind} key no ${kind} key can be made; take the greater key`);
  for (const next of keyKinds.slice(at + 1, to + 1)) secret = new LinkKey(secret).lesser(next);
  return write(kind, secret);
}

function write(kind: KeyKind, secret: Uint8Array): string {
  return `fgk-${kind}-${Buffer.from(secret).toString('base64url')}`;
}

function parse(text: string): { kind: KeyKind; secret: Uint8Array } {
  const match = SHAPE.exec(text);
  if (match === null) {
    throw new FramegateError('FG_KEY', 'A key cannot be understood (it is not shown here); make one with `gw key`');
  }
  return { kind: match[1] as KeyKind, secret: new Uint8Array(Buffer.from(match[2]!, 'base64url')) };
}

function hmac(secret: Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', secret).update(text).digest();
}
