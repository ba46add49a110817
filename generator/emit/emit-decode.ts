/**
 * `decodeUp(...)`: which message a frame is, and its value, in one function. The call of each reader then stands in the code
 * by name; through a table of messages the engine could not see which it is, and decoding a small message took a third more.
 */
import { isText, type Message } from '../model/model.js';
import { type Code, quoted } from './code.js';
import type { EmitContext } from './context.js';
import { frameFunction } from './frame-names.js';

type Way = 'up' | 'down';

/** What generated functions about a frame may take, in order. */
const GIVEN = ['b', 'start', 'stop', 'conn', 'request'] as const;

/** What tells the id of a frame. */
export type FrameId = { readonly constant: string } | { readonly reader: string };

/** Whether messages are found by what stands in binary frames; a text is found and taken apart in one go anyway. */
export function decodesByIndex({ model, traced }: EmitContext): boolean {
  return traced === undefined && !(model.frames.length === 1 && isText(model.frames[0]!));
}

/** @param code holds the functions that read frames, and takes the new one */
export function emitDecodeByIndex(
  ctx: EmitContext,
  way: Way,
  messages: readonly Message[],
  idOf: (m: Message) => FrameId | undefined,
  code: Code,
): void {
  const { frames } = ctx.model;
  const classify = frameFunction(frames.length === 1 ? frames[0]! : { name: '' }, 'classify', way);
  const cases = messages.map((m, index) => {
    const args = [String(index), quoted(m.name), callOf(code, `read${ctx.names.message(m)}`)];
    const id = idOf(m);
    if (id !== undefined) args.push('reader' in id ? callOf(code, id.reader) : id.constant);
    return `case ${index}: return ${ctx.use('decodedAs')}(${args.join(', ')});`;
  });
  const found = callOf(code, classify);
  const count = 1 + Math.max(...[found, ...cases].map(text => GIVEN.findLastIndex(name => names(text, name))));
  const types = { conn: 'ConnContext', request: 'Decoded' };
  const params = GIVEN.slice(0, count).map(name => {
    const used = [found, ...cases].some(text => names(text, name)) ? name : `_${name}`;
    if (name === 'b') return `${used}: Uint8Array`;
    if (name === 'start' || name === 'stop') return `${used}: number`;
    ctx.useType(types[name]);
    return `${used}?: ${types[name]}`;
  });
  ctx.useType('Decoded');
  code.block(
    `function ${frameFunction({ name: '' }, 'decode', way)}(${params.join(', ')}): Decoded | undefined`,
    () => {
      code.block(`switch (${found})`, () => {
        for (const line of cases) code.line(line);
      });
      code.line('return undefined;');
    },
  );
  code.line();
}

const names = (text: string, name: string): boolean => new RegExp(`[( ]${name}[,)]`).test(text);

/** A call of a function that stands in the code, with as much as it takes. */
function callOf(code: Code, name: string): string {
  const head = code.lines.find(line => line.startsWith(`function ${name}(`))!;
  const count = head.slice(head.indexOf('('), head.indexOf('): ')).split(',').length;
  return `${name}(${GIVEN.slice(0, count).join(', ')})`;
}
