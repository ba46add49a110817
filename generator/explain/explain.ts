/**
 * What stands in a stream of bytes, and where: frames with every element, and what was skipped between them. The codec itself
 * says what it reads (see trace.ts), so that an explanation cannot differ from what is decoded.
 */
import {
  BAD,
  ConnContext,
  type Decoded,
  type Direction,
  type FrameSink,
  hideGot,
  type Known,
  type MessageCodec,
  type MessageValue,
  type Problem,
  type ProblemCode,
  type Protocol,
  problem,
  problemCodes,
  problemText,
  UNKNOWN,
} from '../../src/codec/index.js';
import { minOf } from '../emit/frame-places.js';
import { type Field, type Frame, isText, type ProtocolModel } from '../model/model.js';
import { secretFields } from '../model/secrets.js';
import { loadProtocol } from '../run/load-protocol.js';
import { type Row, RowMaker } from './rows.js';
import { explainText } from './text-rows.js';
import { type LastCut, trace, Unread } from './trace.js';
import { type Unwrapped, unwrap } from './wire.js';

/** A row with its place on the wire. */
export interface WireRow extends Row {
  /** `[at, end)` of the input. */
  readonly at: number;
  readonly end: number;
  /** As they are in the frame, escapes undone. */
  readonly bytes: Uint8Array;
  /** As they are on the wire, where that is something else. */
  readonly wire?: Uint8Array;
}

export interface Mistake {
  readonly code: ProblemCode;
  /** Place in the input. */
  readonly at: number;
  readonly field: string;
  readonly text: string;
  /** Index of the row in which it stands, if it stands in one. */
  readonly row: number | undefined;
  /** The frame is delivered all the same, as bytes. */
  readonly kept: boolean;
}

export interface ExplainedFrame {
  readonly kind: 'frame';
  readonly at: number;
  readonly end: number;
  /** Name of the shape of its frame, where there are several. */
  readonly shape: string;
  /** `undefined` where that could not be told. */
  readonly message: string | undefined;
  readonly id: number | string | undefined;
  readonly rows: readonly WireRow[];
  readonly mistake: Mistake | undefined;
  readonly warnings: readonly string[];
}

export interface Skipped {
  readonly kind: 'skipped';
  readonly at: number;
  readonly end: number;
  readonly code: ProblemCode;
  readonly text: string;
  readonly bytes: Uint8Array;
  /** A secret may stand in it. */
  readonly secret: boolean;
}

export type Explained = ExplainedFrame | Skipped;

export { Unread };

/** A protocol whose codec says what it reads. */
export interface Explainer {
  readonly model: ProtocolModel;
  readonly protocol: Protocol;
  readonly fields: readonly Field[];
  /** Tags of items that are secret, or hold what is. */
  readonly secretTags: ReadonlySet<number>;
}

/**
 * @param only the names of the messages that there may be; all if absent. With a long schema, the fewer the faster; any other
 *   message is then thrown as {@link Unread}.
 */
export async function explainer(model: ProtocolModel, only?: ReadonlySet<string>): Promise<Explainer> {
  const fields: Field[] = [];
  const items = model.structs.flatMap(s => s.tlv?.items ?? []);
  const secret = secretFields(model);
  const secretTags = new Set(items.filter(i => secret.has(i.field)).map(i => i.tag));
  return { model, protocol: await loadProtocol(model, { fields, only }), fields, secretTags };
}

/** Explains all of `input`: one stream in one direction, from its beginning to its end. */
export function explain(by: Explainer, direction: Direction, input: Uint8Array, known: Known = {}): Explained[] {
  const { shapes } = by.protocol;
  const isKnown = known.state !== undefined || known.awaiting !== undefined;
  // As decoding does it: where nothing is known of the connection, the first shape in which all is one good frame.
  for (let shape = 1; shape <= shapes && shapes > 1 && !isKnown; shape++) {
    const parts = new Explanation(by, direction, input, known, shape).parts;
    const [only, ...others] = parts;
    if (others.length === 0 && only?.kind === 'frame' && only.mistake === undefined) return parts;
  }
  return new Explanation(by, direction, input, known, 0).parts;
}

class Explanation implements FrameSink {
  readonly parts: Explained[] = [];
  readonly #by: Explainer;
  readonly #direction: Direction;
  readonly #conn = new ConnContext();
  #request: Decoded | undefined;
  /** The bytes as they are cut: without what a filter has taken out. */
  #stream: Uint8Array;
  #ended = false;

  constructor(by: Explainer, direction: Direction, input: Uint8Array, known: Known, shape: number) {
    this.#by = by;
    this.#direction = direction;
    this.#stream = input;
    this.#conn.only = shape;
    this.#conn.stateless = known.state === undefined && known.awaiting === undefined;
    if (known.state !== undefined) this.#conn.state = known.state;
    if (known.awaiting !== undefined) this.#conn.await(known.awaiting);
    for (const [name, value] of Object.entries(known.conn ?? {})) this.#conn.learn(name, value);
    if (known.request !== undefined)
      this.#request = { index: 0, name: '', id: undefined, value: known.request as MessageValue };
    trace.fields = by.fields;
    trace.last = undefined;
    const splitter = by.protocol.splitter(direction, this.#conn);
    splitter.push(input, 0, input.length, this);
    this.#see();
    this.#ended = true;
    splitter.end(this);
  }

  frame(b: Uint8Array, start: number, end: number): boolean {
    const cut = this.#see();
    const from = this.#inStream(cut, cut.from);
    const to = this.#inStream(cut, cut.next);
    const shape = this.#shape(this.#conn.shape);
    const first = this.#inStream(cut, start);
    const places = cut.inPlace
      ? unwrapInPlace(this.#stream, first, first + end - start)
      : unwrap(shape, this.#stream, from, to);
    const missing = this.#ended ? Math.max(0, cut.need - (to - from)) : 0;
    this.#explain(shape, places, from, to, b.slice(start, end), false, missing);
    return true;
  }

  skipped(code: ProblemCode, b: Uint8Array, start: number, end: number): void {
    const cut = this.#see();
    const at = this.#inStream(cut, start);
    const to = at + end - start;
    const shape = this.#shape(cut.shape);
    if (code === 'TRUNCATED' && !isText(shape)) {
      const places = unwrap(shape, this.#stream, at, to);
      if (places.bytes.length > 0) {
        this.#explain(shape, places, at, to, places.bytes, true, cut.need > 0 ? cut.need - (to - at) : 0);
        return;
      }
    }
    const why = code === 'TRUNCATED' ? 'what ends the frame is missing' : problemCodes[code];
    const secret = this.#mayHoldSecret(BAD, undefined, undefined);
    this.parts.push({ kind: 'skipped', at, end: to, code, text: why, bytes: b.slice(start, end), secret });
  }

  /** Whether what cannot be read of a frame may be secret: what has an id of its own is nobody's secret. */
  #mayHoldSecret(index: number, told: MessageCodec | undefined, decoded: Decoded | undefined): boolean {
    if (told !== undefined) return told.secrets !== undefined;
    if (index === UNKNOWN && trace.refused === undefined) return decoded?.secrets?.includes('body') === true;
    return this.#by.protocol.secrets[this.#direction].length > 0;
  }

  /** @param short the frame ends before its end; `missing` bytes are known to be missing */
  #explain(
    frame: Frame,
    places: Unwrapped,
    at: number,
    end: number,
    bytes: Uint8Array,
    short: boolean,
    missing = 0,
  ): void {
    const { model, protocol } = this.#by;
    const size = bytes.length;
    // Behind a frame that is cut short there is room for its tail, so that all else is its body.
    const tail = short ? minOf(frame.layout.slice(frame.layout.findIndex(f => f.type.kind === 'body') + 1)) : 0;
    const b = new Uint8Array(size + tail);
    b.set(bytes);
    trace.reset(0, size);
    trace.cutShort = short;
    const index = protocol.classify(this.#direction, b, 0, b.length, this.#conn);
    const told = protocol[this.#direction][index];
    let decoded: Decoded | undefined;
    if (index !== BAD) decoded = protocol.decodeAs(this.#direction, index, b, 0, b.length, this.#conn, this.#request);
    const failed = decoded === undefined || trace.broken !== undefined;
    trace.cutShort = false;
    if (!short && endsEarly(frame, trace.refused, missing)) {
      this.#explain(frame, places, at, end, bytes, true, missing);
      return;
    }
    if (trace.refused !== undefined) hideGot(trace.refused, protocol.secrets[this.#direction]);
    let found: Problem | undefined = trace.refused ?? (failed ? { ...problem } : undefined);
    if (short && (found === undefined || trace.broken === undefined || trace.broken.to === undefined)) {
      const want = missing > 0 ? `${missing} more` : undefined;
      found = { ...problem, code: 'TRUNCATED', offset: size, field: trace.broken?.field?.name ?? '' };
      found.got = undefined;
      found.want = want;
    }
    const kept = found !== undefined && !short && trace.refused === undefined && decoded !== undefined;
    const unread = this.#mayHoldSecret(index, told, decoded);
    const rows = this.#placed(
      isText(frame)
        ? explainText(told, frame, model, bytes, decoded, unread)
        : new RowMaker(b, size, found, trace.broken, { unread, tags: this.#by.secretTags }).run(trace.nodes),
      ...[places, bytes, at, end],
    );
    const message = decoded?.name === 'unknown' ? told?.name : (decoded?.name ?? told?.name);
    this.parts.push({
      ...{ kind: 'frame', at, end, shape: frame.name, message: message ?? (kept || decoded ? 'unknown' : undefined) },
      id: decoded?.id ?? told?.id?.(b, 0, size),
      rows,
      mistake: found === undefined ? undefined : mistake(found, rows, places, kept, isText(frame)),
      warnings: (found === undefined && (decoded?.value.$warn as readonly string[] | undefined)) || [],
    });
  }

  /** The rows, with what delimits the frame on the wire. */
  #placed(rows: readonly Row[], places: Unwrapped, bytes: Uint8Array, at: number, end: number): WireRow[] {
    const first = places.at[0]!;
    const last = places.at.at(-1)!;
    const placed = rows.map(row => {
      const from = places.at[row.from] ?? last;
      const to = places.at[row.to] ?? last;
      const own = bytes.slice(row.from, row.to);
      const differs = to - from !== own.length;
      return {
        ...row,
        ...{ at: from, end: to, bytes: own },
        ...(differs ? { wire: this.#stream.slice(from, to) } : {}),
      };
    });
    const delimiter = (from: number, to: number, name: string): WireRow[] =>
      from >= to
        ? []
        : [
            {
              ...{ depth: 0, path: '', name, from: 0, to: 0, isPart: false, value: '', note: '' },
              ...{ broken: false, secret: false },
              ...{ at: from, end: to, bytes: this.#stream.slice(from, to) },
            },
          ];
    return [...delimiter(at, first, 'start'), ...placed, ...delimiter(last, end, 'end')];
  }

  #shape(number: number): Frame {
    const { frames } = this.#by.model;
    return frames[number - 1] ?? frames[0]!;
  }

  /** What the cut function has judged last; what it looks at first is the stream. */
  #see(): LastCut {
    const cut = trace.last ?? NOTHING;
    if (!this.#ended && cut.b.length > 0) this.#stream = cut.b.subarray(0, cut.end);
    return cut;
  }

  /** A place in the buffer of a cut as one in the stream: at the end, the splitter holds only the rest of it. */
  #inStream(cut: LastCut, place: number): number {
    return this.#ended ? this.#stream.length - cut.end + place : place;
  }
}

/** A frame that was taken for whole because no more bytes came. */
function endsEarly({ split }: Frame, refused: Problem | undefined, missing: number): boolean {
  if (refused?.code === 'TRUNCATED') return true;
  return missing > 0 && refused?.code === 'MAGIC' && split.by === 'length' && refused.field === split.confirm;
}

const NOTHING: LastCut = {
  ...{ b: new Uint8Array(0), from: 0, end: 0, next: 0, isFrame: false, need: 0, shape: 0, inPlace: true },
};

function unwrapInPlace(stream: Uint8Array, from: number, to: number): Unwrapped {
  return { bytes: stream.subarray(from, to), at: Array.from({ length: to - from + 1 }, (_, i) => from + i) };
}

function mistake(p: Problem, rows: readonly WireRow[], places: Unwrapped, kept: boolean, inText: boolean): Mistake {
  // Lines are refused as a whole: where the field stands is known from the template.
  const named = inText && p.field !== '' ? rows.findIndex(r => r.path === p.field) : -1;
  const at = rows[named]?.at ?? places.at[Math.min(p.offset, places.at.length - 1)]!;
  const row = named < 0 ? rowOf(p, rows, at) : named;
  return { code: p.code, at, field: p.field, text: problemText(p), row, kept };
}

/** The row to blame: one that could not be read, or the one at this place whose name is told. */
function rowOf(p: Problem, rows: readonly WireRow[], at: number): number | undefined {
  if (p.code === 'RULE') return undefined;
  const broken = rows.findLastIndex(r => r.broken);
  if (broken >= 0 && rows[broken]!.from <= p.offset) return broken;
  const here = (r: WireRow): boolean => !r.isPart && r.at <= at && (at < r.end || r.at === r.end);
  const named = rows.findIndex(r => here(r) && p.field !== '' && p.field.endsWith(r.path) && r.path !== '');
  if (named >= 0) return named;
  const there = rows.findIndex(r => here(r) && r.at < r.end);
  if (there >= 0) return there;
  return rows.length === 0 ? undefined : rows.length - 1;
}
