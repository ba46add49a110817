/**
 * Model -> binary-parser: decodes frames without generated code. Slow, but written by others and from another idea: what
 * both decoders agree on is hardly wrong in both. It is an opinion on values; refusals are tested on the codec alone.
 */
import { layoutInValue } from '../emit/names.js';
import { checksumOf } from '../model/checksum.js';
import { type FrameSize, frameSize } from '../model/frame-size.js';
import type { CaseType, Field, MagicType, Message, ProtocolModel } from '../model/model.js';
import { fixedSize } from '../model/sizes.js';
import { FieldBuilder } from './fields.js';
import { addBits, addInt, addVarint } from './numbers.js';
import {
  AT,
  type Format,
  Inexpressible,
  Mismatch,
  Parser,
  type Scope,
  type Span,
  scratch,
  withoutScratch,
} from './parser.js';

export { Inexpressible, Mismatch };

export interface InterpretOptions {
  /** Compare markers, ids, sizes and checksums; without, only as much is looked at as decoding needs. Default `true`. */
  readonly checks?: boolean;
}

/** A parser for one message. Frames are passed whole, with nothing before or behind. */
export interface Interpreter {
  readonly parser: Parser;
  /** As fast as it goes; entries that begin with `$$` are no part of the value. Throws on a frame that does not fit. */
  parse(frame: Uint8Array): Scope;
  /** The value alone. Throws on a frame that does not fit. */
  decode(frame: Uint8Array): Scope;
}

export interface Interpretation {
  /** By message name. */
  readonly messages: ReadonlyMap<string, Interpreter>;
  /** Message name -> why binary-parser cannot express it. */
  readonly skipped: ReadonlyMap<string, string>;
}

/**
 * Parsers for all messages that binary-parser can express.
 * @example interpret(model).messages.get('location')?.decode(frame)
 */
export function interpret(model: ProtocolModel, options: InterpretOptions = {}): Interpretation {
  const messages = new Map<string, Interpreter>();
  const skipped = new Map<string, string>();
  for (const message of model.messages) {
    try {
      messages.set(message.name, new FrameBuilder(model, message, options.checks !== false).build());
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      skipped.set(message.name, error.message);
    }
  }
  return { messages, skipped };
}

const START = scratch('start');
const END = scratch('end');

class FrameBuilder {
  readonly #model: ProtocolModel;
  readonly #message: Message;
  readonly #checks: boolean;
  readonly #layout: readonly Field[];
  readonly #parser = new Parser();
  readonly #span: Span = { end: 0, size: 0, checks: new Map(), around: new Map() };

  constructor(model: ProtocolModel, message: Message, checks: boolean) {
    this.#model = model;
    this.#message = message;
    this.#checks = checks;
    this.#layout = message.frame.layout;
  }

  build(): Interpreter {
    if (this.#message.template !== undefined) throw new Inexpressible('it is a line of text');
    if (this.#layout.length === 0) return this.#bare();
    const teller = frameSize(this.#message.frame);
    if (teller === undefined) throw new Inexpressible('no element of the frame tells its size');
    for (const field of this.#layout) {
      if (field.name === teller.range.from) this.#parser.saveOffset(START);
      this.#element(field, teller);
    }
    this.#parser.saveOffset(END);
    const { parser } = this;
    const checks = this.#checks;
    const checksums = checks ? this.#layout.filter(f => f.type.kind === 'check').map(f => this.#checksum(f)) : [];
    const parse = (frame: Uint8Array): Scope => {
      for (const compute of checksums) compute(frame);
      const value = parser.parse(frame) as Scope;
      if (checks && value[END] !== frame.length)
        throw new Mismatch(`the frame has ${frame.length} bytes, its parts take ${value[END]}`);
      return value;
    };
    return { parser, parse, decode: frame => withoutScratch(parse(frame)) as Scope };
  }

  get parser(): Parser {
    return this.#parser;
  }

  /** A frame that is all body. */
  #bare(): Interpreter {
    const { parser } = this;
    const span = this.#span;
    new FieldBuilder(this.#model, parser, this.#message.fields, span).addAll();
    parser.saveOffset(END);
    const parse = (frame: Uint8Array): Scope => {
      span.end = frame.length;
      const value = parser.parse(frame) as Scope;
      if (this.#checks && value[END] !== frame.length)
        throw new Mismatch(`the frame has ${frame.length} bytes, its parts take ${value[END]}`);
      return value;
    };
    return { parser, parse, decode: frame => withoutScratch(parse(frame)) as Scope };
  }

  #element(field: Field, teller: FrameSize): void {
    const { type } = field;
    const hidden = scratch(field.name);
    if (type.kind === 'magic') this.#magic(type, hidden, field);
    else if (type.kind === 'case') this.#case(type, hidden);
    else if (type.kind === 'check')
      addInt(
        this.#parser,
        { ...type.word, signed: false },
        hidden,
        this.#equal(field, () => this.#span.checks.get(field.name)!),
      );
    else if (type.kind === 'body') this.#body(teller);
    else if (field === teller.field && type.kind === 'bits' && teller.bit !== undefined) {
      const { name } = teller.bit;
      addBits(this.#parser, type, field.name, (bits: Scope) => {
        this.#span.size = Number(bits[name]);
        return Object.fromEntries(Object.entries(bits).filter(([key]) => key !== name));
      });
    } else if (field.covers !== undefined) {
      if (type.kind === 'int') addInt(this.#parser, type, hidden);
      else if (type.kind === 'varint') addVarint(this.#parser, type, hidden);
      else throw new Inexpressible(`the size "${field.name}" is a ${type.kind}`);
    } else if (
      (type.kind === 'int' || type.kind === 'varint') &&
      (field.role === 'id' || field.auto?.kind === 'count')
    ) {
      const isValue = layoutInValue(this.#message.frame, this.#message).includes(field);
      const name = field.role === 'id' ? (this.#message.masked?.name ?? field.name) : field.name;
      const format = field.role === 'id' ? this.#idFormat(field) : undefined;
      // Fields inside the body may ask for it.
      const { around } = this.#span;
      around.set(field.name, 0);
      const kept = isValue ? name : hidden;
      const heard = (n: number): number => {
        around.set(field.name, n);
        return format === undefined ? n : format(n);
      };
      if (type.kind === 'varint') addVarint(this.#parser, type, kept, heard as Format);
      else addInt(this.#parser, type, kept, heard);
    } else if (field.negative !== undefined) throw new Inexpressible(`the sign of "${field.name}" stands elsewhere`);
    else new FieldBuilder(this.#model, this.#parser, [field], this.#span).addAll();
  }

  #magic(type: MagicType, hidden: string, field: Field): void {
    const { forms } = type;
    const length = forms[0]!.bytes.length;
    if (forms.length === 1 && !this.#checks) {
      this.#parser.skip(length);
      return;
    }
    const find = (number: number): number => {
      const index = forms.findIndex(f => numberOf(f.bytes) === number);
      if (index < 0) throw new Mismatch(`"${field.name}" is no marker of this protocol`);
      return index;
    };
    if (length > 6) throw new Inexpressible(`the marker "${field.name}" is too long`);
    addInt(
      this.#parser,
      { kind: 'int', bytes: length, signed: false, endian: 'big', bigint: false },
      hidden,
      find as Format,
    );
  }

  #case(type: CaseType, hidden: string): void {
    const on = this.#layout.find(f => f.name === type.on)?.type;
    if (on?.kind !== 'magic') throw new Inexpressible(`"${type.on}" is no marker`);
    const choices: Record<number, Parser> = {};
    for (const arm of type.arms) {
      const parser = new Parser();
      addInt(parser, arm.type, hidden);
      choices[on.forms.findIndex(f => f.name === arm.name)] = parser;
    }
    this.#parser.choice({ tag: scratch(type.on), choices } as never);
  }

  /** The body's fields, once it is known where the body ends. */
  #body({ field, range, bit }: FrameSize): void {
    const { from, to } = range;
    const body = this.#layout.findIndex(f => f.type.kind === 'body');
    const last = this.#layout.findIndex(f => f.name === to);
    if (last < body || this.#layout.findIndex(f => f.name === from) > body)
      throw new Inexpressible('the size does not cover the body');
    const behind = sizeOfElements(this.#layout.slice(body + 1, last + 1));
    const size = scratch(field.name);
    const span = this.#span;
    this.#parser.saveOffset(AT, {
      formatter(this: Scope, at: number) {
        span.end = (this[START] as number) + (bit === undefined ? (this[size] as number) : span.size) - behind;
        return at;
      },
    });
    new FieldBuilder(this.#model, this.#parser, this.#message.fields, span).addAll();
    this.#parser.saveOffset(AT, {
      formatter: (at: number) => {
        if (at !== span.end) throw new Mismatch(`the body ends at ${span.end}, its fields at ${at}`);
        return at;
      },
    });
  }

  #idFormat(field: Field): ((id: number) => number) | undefined {
    const { ids, sameId, masked } = this.#message;
    const is = (id: number): boolean =>
      masked === undefined ? ids.includes(id) : (id & masked.mask) === masked.equals;
    if (masked === undefined && (!this.#checks || sameId)) return undefined;
    return id => {
      if (this.#checks && !is(id)) throw new Mismatch(`"${field.name}" is ${id}, which is not this message`);
      return masked === undefined ? id : id & ~masked.mask;
    };
  }

  #equal(field: Field, wanted: () => number): Format | undefined {
    if (!this.#checks) return undefined;
    return (n: number) => {
      if (n !== wanted()) throw new Mismatch(`"${field.name}" is ${n}, want ${wanted()}`);
      return n;
    };
  }

  /** Computes what the checksum should be, before parsing. */
  #checksum(check: Field): (frame: Uint8Array) => void {
    if (check.type.kind !== 'check') throw new Inexpressible(`"${check.name}" is no checksum`);
    const { over, algorithm } = check.type;
    const first = this.#layout.findIndex(f => f.name === over.from);
    const last = this.#layout.findIndex(f => f.name === over.to);
    const before = sizeOfElements(this.#layout.slice(0, first));
    const behind = sizeOfElements(this.#layout.slice(last + 1));
    const compute = checksumOf(algorithm);
    const span = this.#span;
    return frame => {
      span.checks.set(check.name, compute(frame, before, frame.length - behind));
    };
  }
}

function sizeOfElements(elements: readonly Field[]): number {
  return elements.reduce((sum, f) => {
    const size = fixedSize(f.type);
    if (size === undefined) throw new Inexpressible(`"${f.name}" has no fixed size`);
    return sum + size;
  }, 0);
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((n, byte) => n * 256 + byte, 0);
}
