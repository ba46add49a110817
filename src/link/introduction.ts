/**
 * How two peers meet on a link: each says who it is and, where there are keys, proves it. Only then each hears the other's
 * records. Whoever has dialled speaks first, so a stranger who just connects learns nothing.
 *
 *     dialled   hello, with the names of its keys  ->
 *                                                  <-  hello, with the name of the key to use; its proof   accepted
 *               its proof                          ->
 *
 * A proof is an HMAC-SHA-256 over both hellos as they were sent: nonces, roles, ids and versions, so that none of it can be
 * taken from another link, changed on the way, or sent back to where it came from.
 *
 * hello -> proof -> met. Whoever cannot go on says why in a `refused` record, and ends the link.
 */
import type { Platform, Timer } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';
import { putU8, putU16, Reader } from './bytes.js';
import {
  HELLO_WITHIN,
  type HeardHello,
  type Hello,
  LINK_VERSION,
  type LinkRole,
  readHello,
  sayHello,
} from './hello.js';
import { find, type KeyRing, kindFor, type LinkKey, PROOF } from './keys.js';
import type { Link, LinkHandler } from './link.js';
import { pulseOf } from './pulse.js';
import { recordTypes } from './records.js';
import { Refusal, refusals, refusalText } from './refusal.js';

export type Side = 'dialled' | 'accepted';

const labels = { dialled: 'framegate link, dialled', accepted: 'framegate link, accepted' } as const;

export interface Meeting {
  readonly platform: Platform;
  readonly side: Side;
  /** Who may be at the other end. */
  readonly wanted: readonly LinkRole[];
  /** Empty: peers need not prove anything. */
  readonly keys: KeyRing;
  own(): Hello;
  /** Both know each other now; whoever hears what follows must be attached to the link here. */
  met(peer: Hello): void;
  failed(why: string): void;
}

export class Introduction implements LinkHandler {
  readonly link: Link;
  readonly #meeting: Meeting;
  readonly #own: Hello;
  readonly #reader = new Reader();
  readonly #deadline: Timer;
  /** What this side and the other have said, as it was sent. */
  #said: Uint8Array | undefined;
  #heard: Uint8Array | undefined;
  #peer: HeardHello | undefined;
  #key: LinkKey | undefined;
  /** Why this side has refused. */
  #refusal: string | undefined;

  constructor(link: Link, meeting: Meeting) {
    this.link = link;
    this.#meeting = meeting;
    this.#own = meeting.own();
    const { clock } = meeting.platform;
    this.#deadline = clock.setTimer(HELLO_WITHIN, () => link.destroy('no handshake in time'));
    link.attach(this);
    if (meeting.side === 'dialled') this.#say(this.#keys(this.#own.role).map(key => key.name));
  }

  record(type: number, b: Uint8Array, start: number, end: number): void {
    if (this.#refusal !== undefined) return;
    const r = this.#reader.over(b, start, end);
    if (type === recordTypes.refused) throw new FramegateError('FG_LINK', refusalText(r.u8(), r.u16()));
    try {
      if (this.#peer === undefined) this.#hello(type, r);
      else this.#proof(type, r);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refuse(error);
    }
  }

  flushing(): void {}

  closed(why: string): void {
    this.#deadline.cancel();
    this.#meeting.failed(this.#refusal ?? why);
  }

  #hello(type: number, r: Reader): void {
    const { side, wanted } = this.#meeting;
    const heard = r.b.slice(r.at, r.end);
    const peer = readHello(r, type, wanted, this.#own.version);
    this.#peer = peer;
    this.#heard = heard;
    const dialler = side === 'dialled' ? this.#own : peer;
    const keys = this.#keys(dialler.role);
    if (keys.length === 0) {
      if (peer.keys.length > 0) throw new Refusal('keyNotHeld');
      // A ring that has other keys only must not let anybody in without.
      if (!this.#meeting.keys.isEmpty && this.link.remote) throw new Refusal('keyUnknown');
      if (side === 'accepted') this.#say([]);
      this.#met();
      return;
    }
    if (peer.keys.length === 0) throw new Refusal('keyMissing');
    for (const name of peer.keys) this.#key ??= find(keys, name);
    if (this.#key === undefined) throw new Refusal('keyUnknown');
    if (side === 'dialled') return;
    this.#say([this.#key.name]);
    this.#prove();
  }

  #proof(type: number, r: Reader): void {
    const { side } = this.#meeting;
    const other = side === 'dialled' ? 'accepted' : 'dialled';
    if (type !== recordTypes.proof || r.left !== PROOF) throw new Refusal('proof');
    const at = r.take(PROOF);
    if (!this.#key!.holds(r.b.subarray(at, at + PROOF), labels[other], this.#transcript())) throw new Refusal('proof');
    if (side === 'dialled') this.#prove();
    this.#meeting.keys.guard(this.link, this.#key!);
    this.#met();
  }

  #met(): void {
    this.#deadline.cancel();
    this.link.trust();
    if (this.link.remote) pulseOf(this.#meeting.platform.clock).add(this.link);
    this.#meeting.met(this.#peer!);
  }

  /** A link in memory proves nothing: both ends are this process. */
  #keys(dialler: LinkRole): readonly LinkKey[] {
    return this.link.remote ? this.#meeting.keys.of(kindFor(dialler)) : [];
  }

  #say(keys: readonly Uint8Array[]): void {
    this.#said = sayHello(this.link, { ...this.#own, keys }, this.#meeting.platform.random.bytes(16));
  }

  #prove(): void {
    const w = this.link.begin(recordTypes.proof);
    w.append(this.#key!.prove(labels[this.#meeting.side], this.#transcript()));
    this.link.commit();
  }

  /** First what the dialler has said. */
  #transcript(): Uint8Array[] {
    const both = [this.#said!, this.#heard!];
    return this.#meeting.side === 'dialled' ? both : both.reverse();
  }

  #refuse({ reason, message }: Refusal): void {
    this.#refusal = message;
    const w = this.link.begin(recordTypes.refused);
    putU8(w, refusals.indexOf(reason));
    putU16(w, this.#own.version ?? LINK_VERSION);
    this.link.commit();
    this.link.close();
  }
}
