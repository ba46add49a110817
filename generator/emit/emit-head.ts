/**
 * `headOfFrame(...)`: what stands around the body and is part of every message of a shape, and where the body begins. A
 * function of its own where reading it takes several statements: they would stand in the reader of every message.
 */
import type { Field, Frame } from '../model/model.js';
import { Code } from './code.js';
import type { EmitContext } from './context.js';
import { emitFrameWarnings, frameLocals, frameWarns } from './emit-check.js';
import { trace } from './emit-trace.js';
import { frameFunction } from './frame-names.js';
import { FramePlaces } from './frame-places.js';
import { layoutInValue } from './names.js';
import { FieldReader } from './read/field-reader.js';
import { canWarn } from './ts-types.js';

/** What a reader declares, a line for each; fewer than these are as short as a call. */
const MANY = 4;

/** The parameters of readers that code mentions: `(b, start, stop, conn)`. */
const GIVEN = { b: 'b: Uint8Array', start: 'start: number', stop: 'stop: number', conn: 'conn?: ConnContext' };

export function emitHead(ctx: EmitContext, frame: Frame, code: Code): void {
  const shared = sharedElements(frame);
  if (shared.length === 0 || canWarn(shared)) return;
  const body = new Code();
  const locals = frameLocals(ctx);
  for (const f of shared) locals.add(f.name);
  const places = new FramePlaces(ctx, frame, body, locals);
  emitFrameWarnings(ctx, places, body);
  places.walk();
  const reader = new FieldReader(ctx, body, locals, places);
  trace(ctx, body, 'pause()');
  for (const f of shared) readAround(reader, places, f);
  reader.settle();
  trace(ctx, body, 'resume()');
  // What can fail stays in the readers. They answer a failure with `undefined` once the problem is noted, so a function could only
  // hand that on: each reader would ask again, and the result would be of two kinds on the hot path, to save lines that stand in
  // generated code only. A head that fails is rare: an enumeration that is not open, a text in it, or `valid` at no fixed place.
  if (body.lines.length < MANY || body.lines.some(line => /\breturn\b/.test(line))) return;
  if (frameWarns(frame)) reader.values.push({ key: '$warn', code: 'warn' });
  reader.values.push({ key: '$body', code: places.bodyStart() });
  reader.literal('return ', ';');
  const given = Object.entries(GIVEN).filter(([name]) =>
    body.lines.some(line => new RegExp(`(?<![\\w.'])${name}\\b(?!:)`).test(line)),
  );
  const name = frameFunction(frame, 'headOf');
  ctx.heads.set(frame, `${name}(${given.map(([key]) => key).join(', ')})`);
  if (given.some(([key]) => key === 'conn')) ctx.useType('ConnContext');
  code.line('/** What stands around the body of a checked frame, and where the body begins. */');
  code.block(`function ${name}(${given.map(([, parameter]) => parameter).join(', ')})`, () => {
    for (const line of body.lines) code.line(line);
  });
  code.line();
}

/** The elements around the body that all messages of this shape have and read alike. */
function sharedElements(frame: Frame): Field[] {
  return layoutInValue(frame).filter(isShared);
}

const isShared = (f: Field): boolean => f.role !== 'id' && f.auto?.kind !== 'count';

/** Begins a function that reads a message: what it takes from around the body. */
export class Surroundings {
  readonly places: FramePlaces;
  readonly reader: FieldReader;
  readonly #ctx: EmitContext;
  readonly #frame: Frame;
  readonly #code: Code;
  /** The local with what {@link emitHead} has read, where that is a function. */
  readonly #head: string | undefined;
  readonly #from: number;
  readonly #to: number;

  /** @param around the elements in the value of the message */
  constructor(ctx: EmitContext, frame: Frame, around: readonly Field[], code: Code) {
    const locals = frameLocals(ctx);
    for (const f of around) locals.add(f.name);
    this.#ctx = ctx;
    this.#frame = frame;
    this.#code = code;
    this.places = new FramePlaces(ctx, frame, code, locals);
    const head = ctx.heads.get(frame);
    this.#head = head === undefined ? undefined : this.places.local('head');
    this.#from = code.lines.length + 1;
    if (head === undefined) emitFrameWarnings(ctx, this.places, code);
    else {
      code.line(`const ${this.#head} = ${head};`);
      if (frameWarns(frame)) code.line(`let warn = ${this.#head}.$warn;`);
    }
    // Places that are asked for inside a block must be known before it, as must numbers whose bits are.
    this.places.walk();
    if (head !== undefined)
      for (const f of frame.layout) if (f.type.kind === 'bits' || f.type.kind === 'flags') this.places.word(f);
    this.#to = code.lines.length;
    this.reader = new FieldReader(ctx, code, locals, this.places);
  }

  /** Where the body begins. */
  get bodyStart(): string {
    if (this.#frame.layout.length === 0) return 'start';
    return this.#head === undefined ? this.places.bodyStart() : `${this.#head}.$body`;
  }

  get bodyStop(): string {
    return this.#frame.layout.length === 0 ? 'stop' : this.places.bodyStop();
  }

  /** Makes elements members of the message. */
  read(fields: readonly Field[], own: (f: Field) => { key: string; code: string } | undefined = () => undefined): void {
    trace(this.#ctx, this.#code, 'pause()');
    for (const f of fields) {
      const value = own(f);
      if (value !== undefined) this.reader.values.push(value);
      else if (this.#head !== undefined && isShared(f))
        this.reader.values.push({ key: f.name, code: `${this.#head}.${f.name}` });
      else readAround(this.reader, this.places, f);
    }
    this.reader.settle();
    trace(this.#ctx, this.#code, 'resume()');
  }

  /** The lines of the function, without what was worked out for nobody. */
  lines(): string[] {
    const lines = [...this.#code.lines];
    if (this.#head === undefined) return lines;
    const words = new Set(lines.slice(this.#to).join('\n').match(/\w+/g));
    for (let i = this.#to - 1; i >= this.#from; i--) {
      const name = /^const (\w+) = /.exec(lines[i]!)?.[1];
      if (name !== undefined && !words.has(name)) lines.splice(i, 1);
      else for (const word of lines[i]!.match(/\w+/g) ?? []) words.add(word);
    }
    const warn = lines.findIndex(line => line.startsWith('let warn = '));
    if (warn >= 0 && !lines.slice(warn + 1).some(line => line.includes('warn = ')))
      lines[warn] = lines[warn]!.replace('let', 'const');
    return lines;
  }
}

function readAround(reader: FieldReader, places: FramePlaces, f: Field): void {
  const more = f.scale ?? f.enum ?? f.when ?? f.none ?? f.negative;
  if (f.role === 'id' || (f.type.kind === 'int' && more === undefined)) {
    reader.values.push({ key: f.name, code: places.number(f) });
    return;
  }
  const word = f.type.kind === 'bits' || f.type.kind === 'flags' ? places.word(f) : undefined;
  reader.readElement(f, places.place(f), word);
}
