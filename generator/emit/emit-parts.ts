/** What says that a frame, or a message, is a part of something longer. */
import type { Field, Fragments, Frame, Message } from '../model/model.js';
import { type Expr, namesIn } from '../schema/expression.js';
import { type Code, quoted } from './code.js';
import { type EmitContext, intRange } from './context.js';
import { frameLocals } from './emit-check.js';
import { frameFunction } from './frame-names.js';
import { FramePlaces } from './frame-places.js';
import { printCondition, printNumber, type Scope } from './print-expression.js';

/** The shape whose frames may be parts: that with an id, as the schema's names were looked up there. */
export function partFrame(ctx: EmitContext): Frame | undefined {
  const { fragments, frames } = ctx.model;
  return fragments === undefined
    ? undefined
    : frames.find(f => f.layout.some(e => e.role === 'id') && f.text === undefined);
}

/** `partOfFrame(...)`: what a checked frame says of being a part, and where its body stands. */
export function emitPartOf(ctx: EmitContext, code: Code): void {
  const frame = partFrame(ctx);
  const { fragments } = ctx.model;
  if (frame === undefined || fragments === undefined) return;
  ctx.useType('ConnContext');
  const several = ctx.model.frames.length > 1;
  const params = `b: Uint8Array, start: number, stop: number${several ? ', conn?: ConnContext' : ''}`;
  code.line('/** What a part says of the message that it belongs to, and where its body stands. */');
  code.block(`function ${frameFunction(frame, 'partOf')}(${params}): ReturnType<FragmentedFrames['part']>`, () => {
    ctx.useType('FragmentedFrames');
    if (several) code.line(`if (conn?.shape !== ${ctx.model.frames.indexOf(frame) + 1}) return undefined;`);
    const places = new FramePlaces(ctx, frame, code, frameLocals(ctx));
    if (fragments.when !== undefined) code.line(`if (!(${printCondition(fragments.when, places)})) return undefined;`);
    places.walk();
    const serial = frame.layout.find(f => f.role === 'serial');
    const key = fragments.key.map(e => keyCode(e, printNumber(e, places), serial));
    code.line('return {');
    code.line(`  key: \`${key.map(k => `\${${k}}`).join(' ')}\`,`);
    code.line(`  index: ${printNumber(fragments.index, places)},`);
    code.line(`  total: ${printNumber(fragments.total, places)},`);
    code.line(`  from: ${places.bodyStart()},`);
    code.line(`  to: ${places.bodyStop()},`);
    code.line('};');
  });
  code.line();
}

/** Arithmetic with the serial number wraps as it does. */
function keyCode(expr: Expr, code: string, serial: Field | undefined): string {
  if (expr.kind === 'name' || serial?.type.kind !== 'int' || !namesIn(expr).some(p => p[0] === serial.name))
    return code;
  const { max } = intRange(serial.type);
  return max < 2 ** 31 ? `(${code}) & ${max}` : `(${code}) >>> 0`;
}

export function limitsCode({ limits }: Fragments): string {
  return `{ bytes: ${limits.bytes}, open: ${limits.open}, ttl: ${limits.ttl} }`;
}

/** `fragments: { ... }` of a message whose list grows with each part. */
export function listParts(m: Message): string[] {
  const { fragments } = m;
  if (fragments === undefined) return [];
  const scope: Scope = { name: path => ({ code: `value.${path.join('.')}` }), call: () => undefined };
  const number = (e: Expr): string => (e.kind === 'name' ? `Number(value.${e.path.join('.')})` : printNumber(e, scope));
  const part = `{ key: [${fragments.key.map(e => printNumber(e, scope)).join(', ')}].join(' '), index: ${number(fragments.index)}, total: ${number(fragments.total)} }`;
  const when = fragments.when === undefined ? part : `(${printCondition(fragments.when, scope)}) ? ${part} : undefined`;
  return [
    'fragments: {',
    `  limits: ${limitsCode(fragments)},`,
    `  list: ${quoted(fragments.join)},`,
    `  part: value => (${when}),`,
    '},',
  ];
}
