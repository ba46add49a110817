/** A program that asks clients: its requests come over its link, and what became of them goes back there. */
import { type Link, putBytes, putString, putU8, putU16, putU32, type Reader, recordTypes } from '../link/index.js';
import { type ErrorCode, errorText } from '../protocol/index.js';
import type { Gateway } from './gateway.js';
import { Requests } from './requests.js';

export class Asker {
  readonly #gateway: Gateway;
  readonly #link: Link;

  constructor(gateway: Gateway, link: Link) {
    this.#gateway = gateway;
    this.#link = link;
  }

  /** @param shared protocols that both sides read alike: an answer is known by what stands in it */
  request(r: Reader, shared: ReadonlySet<string>): void {
    const call = r.u32();
    const client = this.#gateway.tables.byId.get(r.string());
    const protocol = r.string();
    const name = r.string();
    const within = r.u32();
    const retries = r.u8();
    const flags = r.u8();
    if (client === undefined) {
      this.unanswered(call, 'FG_CLOSED', `"${name}" was not sent: the client is gone`);
      return;
    }
    const { listener } = client;
    const codec = listener.name === protocol ? listener.table.downByName.get(name) : undefined;
    if (codec?.expects === undefined || !shared.has(protocol)) {
      const what = listener.name === protocol ? 'its gateway has another version of' : 'the client does not speak';
      this.unanswered(call, 'FG_REQUEST', `"${name}" was not sent: ${what} protocol "${protocol}"`);
      return;
    }
    client.requests ??= new Requests(client);
    client.requests.ask({ asker: this, call, codec, within, retries, flags, frame: r.b.slice(r.at, r.end) });
  }

  /** Nobody waits any more. */
  cancel(r: Reader): void {
    const call = r.u32();
    this.#gateway.tables.byId.get(r.string())?.requests?.cancel(this, call);
  }

  /**
   * @param flags of the answer, as of an event
   * @param request the frame that was sent, as decoders of the answer are given it
   * @param b has the answer in `[start, end)`; borrowed
   */
  answered(
    call: number,
    index: number,
    flags: number,
    request: Uint8Array,
    b: Uint8Array,
    start: number,
    end: number,
  ): void {
    const w = this.#link.begin(recordTypes.answered);
    putU32(w, call);
    putU8(w, 1);
    putU16(w, index & 0xffff);
    putU8(w, flags);
    putBytes(w, request);
    w.append(b, start, end);
    try {
      this.#link.commit();
    } catch (error) {
      this.unanswered(call, 'FG_TOO_LARGE', errorText(error));
    }
  }

  unanswered(call: number, code: ErrorCode, text: string): void {
    const w = this.#link.begin(recordTypes.answered);
    putU32(w, call);
    putU8(w, 0);
    putString(w, code);
    putString(w, text);
    this.#link.commit();
  }
}
