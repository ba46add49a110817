/** Several shapes of frames on one connection: which one begins here, and which one a frame has. */

import { idsOf } from '../model/ids.js';
import type { BytesAt, Field, Frame } from '../model/model.js';
import { pascal } from '../model/names.js';
import { byteHex, Code } from './code.js';
import type { EmitContext } from './context.js';
import { classifyName } from './emit-check.js';
import { frameFunction } from './frame-names.js';
import { hasFrames } from './names.js';
import { openingOf } from './opening.js';
import { WAYS, type Way } from './ways.js';

/** Shapes whose constants can be told at the start of a frame. */
const canTell = (frame: Frame): boolean => frame.split.by === 'length' || frame.split.by === 'table';

/** The functions that `defineProtocol` is given where there are several shapes. */
export function emitShapes(ctx: EmitContext, code: Code): void {
  const { frames } = ctx.model;
  for (const way of WAYS) {
    const mine = frames.filter(f => hasFrames(ctx.model, f, way));
    emitChoose(ctx, mine, way, code);
    emitCutAny(ctx, mine, way, code);
    emitClassifyAny(ctx, mine, way, code);
  }
}

/** Number of a shape in generated code; 0 is none. */
function numberOf(ctx: EmitContext, frame: Frame): number {
  return ctx.model.frames.indexOf(frame) + 1;
}

/** After garbage, only a shape that shows itself by more than a byte is believed; its end is as good as its beginning. */
function isAnchor(f: Frame): boolean {
  if (canTell(f))
    return f.layout.some(e => e.constant !== undefined || e.type.kind === 'magic' || e.role === 'id' || isNarrow(e));
  if (openingOf(f).length > 0) return true;
  return f.when.is !== undefined && (f.when.is.bytes.length > 1 || !['fixed', 'quiet', 'custom'].includes(f.split.by));
}

/** Of 256 numbers, at most one can stand here. */
function isNarrow({ type, valid, scale }: Field): boolean {
  if (type.kind !== 'int' || valid?.min === undefined || valid.max === undefined || scale !== undefined) return false;
  return (valid.max - valid.min + 1) * 256 <= 256 ** type.bytes;
}

/** `shapeUp(...)`: the shape of the frame that begins at `o`, 0 for none, -1 while that cannot be said. */
function emitChoose(ctx: EmitContext, frames: readonly Frame[], way: Way, code: Code): void {
  ctx.useType('Cut');
  ctx.useType('ConnContext');
  code.line('/** Which shape begins at `o`: 0 for none, -1 while more bytes must tell. */');
  const params = 'cut: Cut, b: Uint8Array, o: number, end: number, conn: ConnContext';
  code.block(`function shape${pascal(way)}(${params}): number`, () => {
    const bytes = frames.some(f => f.when.is !== undefined || f.when.not !== undefined || openingOf(f).length > 0);
    if (bytes) code.line('const whole = cut.ended || cut.silent;').line('let told = 0;');
    for (const frame of frames) {
      const { state, awaiting, is, not } = frame.when;
      const tests = [`${ctx.use('mayBe')}(conn, ${numberOf(ctx, frame)})`];
      if (state !== undefined) tests.push(`${ctx.use('stateIs')}(conn, ${state === 'open'})`);
      if (awaiting !== undefined)
        tests.push(`${ctx.use('isAwaiting')}(conn, [${awaiting.map(a => `'${a}'`).join(', ')}])`);
      if (!isAnchor(frame) && frames.some(isAnchor)) tests.push('!cut.lost');
      if (canTell(frame)) tests.push(`${frameFunction(frame, 'starts')}(b, o, end, cut.lost)`);
      const found = `return ${numberOf(ctx, frame)};`;
      const opening = openingOf(frame).map(bytes => ctx.bytesConstant(bytes));
      const shows =
        is !== undefined
          ? begins(ctx, is)
          : opening.length > 0
            ? `${ctx.use('beginsAny')}(b, o, end, [${opening.join(', ')}], whole)`
            : undefined;
      code.line(`// ${frame.name}`);
      const decide = (): void => {
        if (shows !== undefined) code.line(`told = ${shows};`).line('if (told < 0) return -1;');
        if (shows !== undefined && not === undefined) {
          code.line(`if (told > 0) ${found}`);
          return;
        }
        const negated = (): void => {
          code
            .line(`told = ${begins(ctx, not!)};`)
            .line('if (told < 0) return -1;')
            .line(`if (told === 0) ${found}`);
        };
        if (shows !== undefined) code.block('if (told > 0)', negated);
        else negated();
      };
      if (shows === undefined && not === undefined) code.line(`if (${tests.join(' && ')}) ${found}`);
      else code.block(`if (${tests.join(' && ')})`, decide);
    }
    code.line('return 0;');
  });
  code.line();
}

function begins(ctx: EmitContext, test: BytesAt): string {
  const at = test.at === 0 ? 'o' : `o + ${test.at}`;
  return `${ctx.use('begins')}(b, ${at}, end, ${ctx.bytesConstant(test.bytes)}, whole)`;
}

/** `nextUp(...)`: the next frame of the stream, cut in its own way. */
function emitCutAny(ctx: EmitContext, frames: readonly Frame[], way: Way, code: Code): void {
  ctx.useType('CutResult');
  const quiet = frames.flatMap(f => (f.split.by === 'quiet' ? [f.split.after] : []));
  const params = 'cut: Cut, b: Uint8Array, o: number, end: number, conn: ConnContext';
  code.line('/** The next frame of a stream: its shape is chosen first, once for each frame. */');
  code.block(`function next${pascal(way)}(${params}): CutResult`, () => {
    if (frames.length === 0) {
      code.line(`return ${ctx.use('overGarbage')}(cut, b, o, end, conn, () => 0);`);
      return;
    }
    code.line(`if (cut.shape === 0) cut.shape = shape${pascal(way)}(cut, b, o, end, conn);`);
    // A flag that ended a frame may begin the next: not where another shape shows itself behind it.
    for (const frame of frames.filter(f => f.split.by === 'flag' && f.split.shared)) {
      const number = numberOf(ctx, frame);
      code.block(`else if (cut.shape === ${number} && cut.pending === 1 && cut.scanned === 0)`, () => {
        code.line(`const other = shape${pascal(way)}(cut, b, o, end, conn);`);
        code.line(`if (other > 0 && other !== ${number}) cut.pending = 0;`);
        code.line(`if (other !== 0) cut.shape = other;`);
      });
    }
    code.block('if (cut.shape < 0)', () => {
      code.line('cut.shape = 0;');
      if (quiet.length > 0) code.line(`cut.quiet = ${Math.min(...quiet)};`);
      code.line(`return ${ctx.use('more')}(cut, end - o + 1);`);
    });
    const over = `return ${ctx.use('overGarbage')}(cut, b,`;
    code.line(`if (cut.shape === 0) ${over} o, end, conn, shape${pascal(way)});`);
    code.line('conn.shape = cut.shape;');
    const after = new Code();
    emitAfterCut(ctx, frames, way, after);
    const cut = `shapeCut${pascal(way)}(cut, b, o, end, conn)`;
    const loses = frames.some(f => canTell(f) || openingOf(f).length > 0 || f.split.by === 'json');
    if (after.lines.length === 0 && !loses) {
      code.line(`return ${cut};`);
      return;
    }
    code.line(`const result = ${cut};`);
    if (after.lines.length > 0)
      code.block(`if (result === ${ctx.use('FRAME')})`, () => {
        for (const line of after.lines) code.line(line);
      });
    if (loses) {
      code.line('// What is garbage to one shape may hold the beginning of another.');
      const lost = `result === ${ctx.use('SKIP')} && cut.code === 'GARBAGE' && cut.pending === 0`;
      code.line(`if (${lost}) ${over} cut.next - 1, end, conn, shape${pascal(way)});`);
    }
    code.line('return result;');
  });
  code.line();
  if (frames.length === 0) return;
  code.block(`function shapeCut${pascal(way)}(${params}): CutResult`, () => {
    if (frames.length > 1)
      code.block('switch (cut.shape)', () => {
        for (const frame of frames.slice(0, -1))
          code.line(
            `case ${numberOf(ctx, frame)}: return ${frameFunction(frame, 'cut')}(cut, b, o, end${connArgument(frame)});`,
          );
      });
    const last = frames.at(-1)!;
    code.line(`return ${frameFunction(last, 'cut')}(cut, b, o, end${connArgument(last)});`);
  });
  code.line();
}

/** Cut functions of the library take a connection, as the contract has it; generated ones do not look at it. */
function connArgument(frame: Frame): string {
  return frame.split.by === 'length' ? '' : ', conn';
}

/** The login that has just been cut opens the connection for the shapes behind it, before anybody has judged it. */
function emitAfterCut(ctx: EmitContext, frames: readonly Frame[], way: Way, code: Code): void {
  if (way === 'down') {
    if (frames.some(f => f.when.awaiting !== undefined)) code.line('conn.answered();');
    return;
  }
  if (!ctx.model.frames.some(f => f.when.state !== undefined)) return;
  for (const frame of frames) {
    const logins = ctx.model.messages.filter(m => m.frame === frame && m.auth !== undefined);
    if (logins.length === 0) continue;
    const id = frame.layout.some(f => f.role === 'id');
    const is = `cut.shape === ${numberOf(ctx, frame)}`;
    if (!id) {
      code.line(`if (${is}) conn.opened = true;`);
      continue;
    }
    const ids = logins.flatMap(m => idsOf(m, ctx.model.messages)).map(byteHex);
    const read = `${frameFunction(frame, 'idOf')}(cut.bytes ?? b, cut.start)`;
    code.line(`if (${is} && [${ids.join(', ')}].includes(${read})) conn.opened = true;`);
  }
}

/** Classifies by the shape by which the frame was cut; without a connection, by the first that fits. */
function emitClassifyAny(ctx: EmitContext, frames: readonly Frame[], way: Way, code: Code): void {
  const name = `classify${pascal(way)}`;
  code.block(`function ${name}(b: Uint8Array, start: number, stop: number, conn?: ConnContext): number`, () => {
    if (frames.length === 0) {
      code.line(`return ${ctx.use('fail')}('UNKNOWN_ID', start, '') ?? ${ctx.use('BAD')};`);
      return;
    }
    code.block('switch (conn?.shape)', () => {
      for (const frame of frames) code.line(`case ${numberOf(ctx, frame)}: return ${call(frame, way)};`);
    });
    const all = frames.map(f => classifyName(f, way)).join(', ');
    code.line(`return ${ctx.use('firstShape')}(b, start, stop, conn, [${all}]);`);
  });
  code.line();
}

const call = (frame: Frame, way: Way): string =>
  `${classifyName(frame, way)}(b, start, stop${way === 'up' && learns(frame) ? ', conn' : ''})`;

function learns(frame: Frame): boolean {
  return frame.learn.length > 0 || frame.layout.some(f => f.role === 'identity');
}
