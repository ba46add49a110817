/**
 * What one client has been asked and has not answered yet. The table belongs to the client's gateway, because only here
 * the serial number of a frame is known, and only here its answer can overtake the client's events. It exists for clients
 * that have been asked something, and has one place in the gateway's timer wheel however much is pending.
 */
import { type Decoded, type MessageCodec, Writer } from '../codec/index.js';
import { EVENT_KEPT, frameFlags } from '../link/index.js';
import { WheelEntry } from '../net/index.js';
import { type ErrorCode, errorText } from '../protocol/index.js';
import type { Asker } from './asker.js';
import type { GatewayClient } from './client.js';
import { HELD_MOST, LATE_FOR, REQUESTS } from './limits.js';
import { readBack } from './read-back.js';
import type { Whole } from './take-part.js';

/** A request as it comes from its asker. */
export interface Question {
  readonly asker: Asker;
  /** The asker's number for it. */
  readonly call: number;
  readonly codec: MessageCodec;
  /** Milliseconds for each try. */
  readonly within: number;
  /** How often it is sent again. */
  readonly retries: number;
  /** As in {@link frameFlags}. */
  readonly flags: number;
  /** The frame; must stay as it is. */
  readonly frame: Uint8Array;
}

/** What an answer is known by. */
interface Expected {
  /** Indexes of the messages that it can be. */
  readonly messages: readonly number[];
  /** Field of the answer, and what it must equal. */
  match: readonly { readonly field: string; readonly value: unknown }[];
}

interface Open extends Expected {
  readonly question: Question;
  /** The frame as it has left. */
  wire: Uint8Array;
  /** The same as a splitter cuts it: what decoders of the answer are given. */
  cut: Uint8Array;
  left: number;
  due: number;
}

/** A request that is over: whatever answers it now is late, or a duplicate. */
interface Done extends Expected {
  readonly answered: boolean;
  readonly until: number;
}

export class Requests extends WheelEntry {
  readonly #client: GatewayClient;
  /** In the order in which they were sent. */
  readonly #open: Open[] = [];
  readonly #done: Done[] = [];
  /** Bytes that were read beyond the client's window. */
  #past = 0;

  constructor(client: GatewayClient) {
    super();
    this.#client = client;
  }

  /** The client is read beyond its window: the answer may stand behind what piles up. */
  get readsOn(): boolean {
    return this.#open.length > 0;
  }

  /** Sends a request and waits for its answer. */
  ask(question: Question): void {
    const { asker, call, codec } = question;
    const refuse = (code: ErrorCode, why: string): void =>
      asker.unanswered(call, code, `"${codec.name}" was not sent: ${why}`);
    if (this.#open.length >= REQUESTS) {
      refuse('FG_BUSY', `${REQUESTS} requests to the client are unanswered; wait for some of them`);
      return;
    }
    if (!this.#client.full) this.#past = 0;
    if (this.#past >= HELD_MOST) {
      refuse('FG_BACKPRESSURE', `${this.#past} bytes that the client has said wait for its handlers`);
      return;
    }
    const wire = this.#write(question);
    if (typeof wire === 'string') {
      refuse('FG_REQUEST', wire);
      return;
    }
    const { table } = this.#client.listener;
    const own = readBack(table.protocol, codec, wire, this.#client.context);
    if (own === undefined) {
      refuse('FG_REQUEST', 'its own frame cannot be read, so no answer would be known by it');
      return;
    }
    this.#open.push({
      question,
      messages: codec.expects!.messages.flatMap(name => table.upByName.get(name)?.index ?? []),
      match: matchOf(codec, own.value),
      wire,
      cut: own.cut,
      left: question.retries,
      due: this.#client.gateway.clock.now() + question.within,
    });
    this.#send(wire);
    this.#changed();
  }

  /** The message may be an answer that has not come. */
  awaits(index: number): boolean {
    return this.#open.some(open => open.messages.includes(index));
  }

  /**
   * Looks at a checked frame of the client.
   * @param whole the message that it is the last part of; it is then told by this part alone
   * @returns `true` when it answers a request, or comes too late to: then it is no event
   */
  takes(index: number, b: Uint8Array, start: number, end: number, whole?: Whole): boolean {
    const mayAnswer = (r: Expected): boolean => r.messages.includes(index);
    if (!this.#open.some(mayAnswer) && !this.#done.some(mayAnswer)) return false;
    const { gateway, context, listener } = this.#client;
    const { protocol } = listener.table;
    const answer = protocol.decodeAs('up', index, b, start, end, context);
    // Where nothing has to match, the asker is to learn that the answer is no good.
    const fits = (r: Expected): boolean => mayAnswer(r) && isMatched(r, index, answer);
    const at = this.#open.findIndex(fits);
    if (at >= 0) {
      const { question, cut } = this.#open[at]!;
      if (whole === undefined) question.asker.answered(question.call, index, 0, cut, b, start, end);
      else question.asker.answered(question.call, index, whole.flags, cut, whole.bytes, 0, whole.bytes.length);
      this.#over(at, true);
    } else {
      const late = this.#done.findIndex(fits);
      if (late < 0) return false;
      const { answered, match } = this.#done[late]!;
      gateway.answers[answered ? 'duplicate' : 'late']++;
      // Without a field to match by, one request has one answer.
      if (match.length === 0) this.#done.splice(late, 1);
    }
    // A device waits for the declared reply to its answer all the same.
    if (answer?.index === index) gateway.downstream.acknowledge(this.#client, protocol.up[index]!, answer);
    return true;
  }

  /** A frame of so many bytes has been read that answers nothing. */
  read(bytes: number): void {
    if (!this.#client.full) this.#past = 0;
    else if (this.#open.length > 0) this.#past += bytes + EVENT_KEPT;
    if (this.#past < HELD_MOST) return;
    this.fail(
      'FG_BACKPRESSURE',
      `the client has sent ${this.#past} bytes of something else, and its handlers are busy`,
    );
  }

  /** The asker wants no answer any more. */
  cancel(asker: Asker, call: number): void {
    const at = this.#open.findIndex(o => o.question.asker === asker && o.question.call === call);
    if (at >= 0) this.#over(at, false);
  }

  /** The asker is gone. */
  lost(asker: Asker): void {
    for (let at = this.#open.length - 1; at >= 0; at--) {
      if (this.#open[at]!.question.asker === asker) this.#over(at, false);
    }
  }

  /** No answer can come any more. */
  fail(code: ErrorCode, why: string): void {
    while (this.#open.length > 0) {
      const { asker, call, codec } = this.#open[0]!.question;
      asker.unanswered(call, code, `"${codec.name}" was not answered: ${why}`);
      this.#over(0, false);
    }
  }

  expire(now: number): number {
    for (let at = 0; at < this.#open.length; ) {
      const open = this.#open[at]!;
      if (open.due > now) {
        at++;
      } else if (open.left > 0) {
        open.left--;
        open.due = now + open.question.within;
        this.#sendAgain(open);
        at++;
      } else {
        const { asker, call, codec, within, retries } = open.question;
        const tries = retries === 0 ? '' : `, sent ${retries + 1} times`;
        asker.unanswered(call, 'FG_TIMEOUT', `"${codec.name}" was not answered within ${within} ms${tries}`);
        this.#over(at, false);
      }
    }
    this.#forget(now);
    return this.#due();
  }

  /** The frame with all that only the connection knows, or why there is none. */
  #write({ flags, frame }: Question): Uint8Array | string {
    if ((flags & frameFlags.unfinished) === 0) return frame;
    const w = new Writer(frame.length + 32);
    try {
      this.#client.listener.table.protocol.finish(w, frame, 0, frame.length, this.#client.context);
      return w.slice();
    } catch (error) {
      return errorText(error);
    }
  }

  #send(wire: Uint8Array): void {
    const { outbox } = this.#client.gateway;
    const from = outbox.begin();
    outbox.slab.append(wire);
    outbox.add(this.#client, from, outbox.slab.length);
  }

  /** With the same serial number where the answer is known by it: then the answer to either frame will do. */
  #sendAgain(open: Open): void {
    const { codec } = open.question;
    if (codec.expects!.sameSerial !== true) {
      const { protocol } = this.#client.listener.table;
      const wire = this.#write(open.question);
      const own = typeof wire === 'string' ? undefined : readBack(protocol, codec, wire, this.#client.context);
      if (own !== undefined) {
        open.wire = wire as Uint8Array;
        open.cut = own.cut;
      }
    }
    this.#send(open.wire);
  }

  #over(at: number, answered: boolean): void {
    const [{ question, messages, match }] = this.#open.splice(at, 1) as [Open];
    // An answer without a field to match by looks like the next one.
    if (!answered || match.length > 0) {
      const now = this.#client.gateway.clock.now();
      if (this.#done.length >= REQUESTS) this.#done.shift();
      const known = match.length > 0 ? Math.max(question.within, LATE_FOR) : question.within;
      this.#done.push({ messages, match, answered, until: now + known });
    }
    this.#changed();
  }

  #forget(now: number): void {
    const kept = this.#done.filter(done => done.until > now);
    this.#done.splice(0, this.#done.length, ...kept);
    // Whoever is not asked any more costs nothing any more.
    if (kept.length === 0 && this.#open.length === 0 && this.#client.requests === this)
      this.#client.requests = undefined;
  }

  #changed(): void {
    const { gateway, context, listener } = this.#client;
    // Only shapes of frames ask for it.
    if (listener.table.protocol.shapes > 1) context.awaiting = this.#open.map(o => o.question.codec.name);
    gateway.wheel.add(this, this.#due());
    this.#client.flow();
  }

  #due(): number {
    if (this.#client.stage !== 'live') return Number.POSITIVE_INFINITY;
    let due = Number.POSITIVE_INFINITY;
    for (const open of this.#open) due = Math.min(due, open.due);
    for (const done of this.#done) due = Math.min(due, done.until);
    return due;
  }
}

function matchOf(codec: MessageCodec, own: Decoded): Expected['match'] {
  return Object.entries(codec.expects!.match).map(([field, of]) => ({ field, value: told(own, of) }));
}

/** An element of a frame; the id stands beside the value where a message has only one. */
function told({ value, id }: Decoded, name: string): unknown {
  return name in value ? value[name] : id;
}

function isMatched({ match }: Expected, index: number, answer: Decoded | undefined): boolean {
  if (match.length === 0) return true;
  if (answer === undefined || answer.index !== index) return false;
  return match.every(({ field, value }) => isSame(told(answer, field), value));
}

function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  // One may be read as a number and the other, being larger, as a bigint.
  return a === b || (typeof a !== typeof b && typeof a !== 'object' && String(a) === String(b));
}
