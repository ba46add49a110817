/**
 * What the code of a tracing codec calls while it decodes: it leaves a tree of what was read where. There is one, as there is
 * one {@link problem}: decoding is one straight run.
 */
import { type CutFunction, FRAME, type Problem, problem } from '../../src/codec/index.js';
import type { Field } from '../model/model.js';

/** What was read: a field, an item of a list, a tagged item. Places are those in the buffer that was decoded. */
export interface TraceNode {
  readonly kind: 'field' | 'item' | 'tagged' | 'tail' | 'body';
  field: Field | undefined;
  /** Number of a list's item, or the tag. */
  readonly number: number;
  readonly from: number;
  /** `undefined`: reading it failed. */
  to: number | undefined;
  value: unknown;
  /** The number on the wire, and its parts. */
  raw: unknown;
  bits: Readonly<Record<string, number | boolean>> | undefined;
  /** What a checksum should be. */
  want: number | undefined;
  /** Its size or count, which stands in `[from, to)`. */
  prefix: { readonly to: number; readonly count: number } | undefined;
  readonly children: TraceNode[];
}

interface Detail {
  readonly raw?: unknown;
  readonly bits?: Readonly<Record<string, number | boolean>>;
  readonly want?: number;
}

type Check = (b: Uint8Array, start: number, stop: number) => boolean;
type TraceFrame = (b: Uint8Array, start: number, stop: number, whole: boolean) => boolean;

/** The bytes `[from, next)` that a cut function has just judged. */
export interface LastCut {
  readonly b: Uint8Array;
  readonly from: number;
  readonly end: number;
  readonly next: number;
  readonly isFrame: boolean;
  /** The bytes that it asked for, from `from` on; 0 where it did not say. */
  readonly need: number;
  readonly shape: number;
  /** It stands in the stream as it was delivered, without escapes. */
  readonly inPlace: boolean;
}

/** There is a message that the codec has not been made for. */
export class Unread extends Error {}

export class Trace {
  /** The fields of the codec that is running, by the numbers that it calls them. */
  fields: readonly Field[] = [];
  nodes: TraceNode[] = [];
  /** Why the frame as a whole was refused. */
  refused: Problem | undefined;
  last: LastCut | undefined;
  /** The frame ends before its end: what stands there is looked at without what should follow. */
  cutShort = false;
  #open: TraceNode[] = [];
  #body: TraceNode | undefined;
  #paused = false;

  /** Forgets all; what is read next stands in `[start, stop)`. */
  reset(start: number, stop: number): void {
    this.refused = undefined;
    this.nodes = [];
    this.#open = [];
    this.#paused = false;
    this.body(start, stop);
    this.#open = [this.#body!];
  }

  /** What was begun and not ended, the innermost last. */
  get broken(): TraceNode | undefined {
    const last = this.#open.at(-1);
    return last?.kind === 'body' ? undefined : last;
  }

  begin(index: number, from: number): void {
    this.#push('field', this.fields[index], 0, from);
  }

  item(index: number, from: number): void {
    this.#push('item', undefined, index, from);
  }

  /** A tagged item: its tag and size stand in `[from, head)`, its value up to `stop`. */
  tag(tag: number, from: number, head: number, stop: number): void {
    this.#push('tagged', undefined, tag, from);
    this.size(head, stop - head);
  }

  tail(from: number, to: number): void {
    this.#push('tail', undefined, 0, from);
    this.end(to);
  }

  /** Which field the tagged item is. */
  is(index: number): void {
    if (!this.#paused) this.#open.at(-1)!.field = this.fields[index];
  }

  size(to: number, count: number): void {
    if (!this.#paused) this.#open.at(-1)!.prefix = { to, count };
  }

  end(to: number, value?: unknown, detail: Detail = {}): void {
    if (this.#paused) return;
    const node = this.#open.pop()!;
    node.to = to;
    node.value = value;
    node.raw = detail.raw;
    node.bits = detail.bits;
    node.want = detail.want;
  }

  late(index: number, value: unknown): void {
    const node = this.#siblings().findLast(n => n.field === this.fields[index]);
    if (node !== undefined && !this.#paused) node.value = value;
  }

  /** What is read for a second time is not told again. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /** The fields of the message stand in `[from, to)`. */
  body(from: number, to: number): void {
    this.#push('body', undefined, 0, from);
    const body = this.#open.pop()!;
    body.to = to;
    this.#body = body;
  }

  /** In place of the check of a frame. Returns whether its message can be told. */
  frame(b: Uint8Array, start: number, stop: number, elements: TraceFrame, check: Check, tail: number): boolean {
    this.reset(start, stop);
    this.nodes = [];
    this.#open = [];
    const readable = elements(b, start, this.cutShort ? stop - tail : stop, !this.cutShort);
    if (!this.cutShort && !check(b, start, stop)) this.refused = { ...problem };
    if (readable) this.#open = [this.#body!];
    return readable;
  }

  /** In place of the reader of a message that nobody was to ask for. */
  readonly unread = (): never => {
    throw new Unread();
  };

  /** A cut function that says where in the stream it looks. */
  cutting(cut: CutFunction): CutFunction {
    return (state, b, from, end, conn) => {
      const result = cut(state, b, from, end, conn);
      const { next, need, shape, bytes } = state;
      this.last = { b, from, end, next, isFrame: result === FRAME, need, shape, inPlace: bytes === undefined };
      return result;
    };
  }

  #siblings(): TraceNode[] {
    return this.#open.at(-1)?.children ?? this.nodes;
  }

  #push(kind: TraceNode['kind'], field: Field | undefined, number: number, from: number): void {
    if (this.#paused) return;
    const node: TraceNode = {
      ...{ kind, field, number, from, to: undefined, value: undefined, raw: undefined },
      ...{ bits: undefined, want: undefined, prefix: undefined, children: [] },
    };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.nodes.push(node);
    else parent.children.push(node);
    this.#open.push(node);
  }
}

/** The trace that generated code calls `$trace`. */
export const trace = new Trace();
