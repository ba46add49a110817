/**
 * `decodeUp(...)`: which message a frame is, and its value, in one function. The call of each reader then stands in the code
 * by name; through a table of messages the engine could not see which it is, and decoding a small message took a third more.
 */
import { isText, type Message, type ProtocolModel } from '../model/model.js';
import { type Code, quoted } from './code.js';
import type { EmitContext } from './context.js';
import { frameFunction } from './frame-names.js';
import { messagesOf, WAYS, type Way } from './ways.js';

/** What generated functions about a frame may take, in order. */
const GIVEN = ['b', 'start', 'stop', 'conn', 'request'] as const;

/** What tells the id of a frame. */
export type FrameId = { readonly constant: string } | { readonly reader: string };

/** Whether messages are found by what stands in binary frames; a text is found and taken apart in one go anyway. */
export function decodesByIndex({ model, traced }: EmitContext): boolean {
  if (keepsSpelling(model)) return false;
  return traced === undefined && !(model.frames.length === 1 && isText(model.frames[0]!));
}

/** What has been read is then compared with what an encoder would write: by the codec of its message, not by its reader. */
export function keepsSpelling({ frames }: ProtocolModel): boolean {
  return frames.some(f => f.text?.keepsSpelling === true);
}

/** @param code holds the functions that read frames, and takes the new ones */
export function emitDecodeByIndex(ctx: EmitContext, idOf: (m: Message) => FrameId | undefined, code: Code): void {
  const taken = parameterCounts(code);
  for (const way of WAYS) emitDecode(ctx, way, idOf, taken, code);
}

function emitDecode(
  ctx: EmitContext,
  way: Way,
  idOf: (m: Message) => FrameId | undefined,
  taken: ReadonlyMap<string, number>,
  code: Code,
): void {
  const { frames } = ctx.model;
  let count = 0;
  /** A call of a function that stands in the code, with as much as it takes. */
  const call = (name: string): string => {
    const n = taken.get(name)!;
    count = Math.max(count, n);
    return `${name}(${GIVEN.slice(0, n).join(', ')})`;
  };
  const found = call(frameFunction(frames.length === 1 ? frames[0]! : { name: '' }, 'classify', way));
  const cases = messagesOf(ctx.model, way).map((m, index) => {
    const args = [String(index), quoted(m.name), call(`read${ctx.names.message(m)}`)];
    const id = idOf(m);
    if (id !== undefined) args.push('reader' in id ? call(id.reader) : id.constant);
    return `case ${index}: return ${ctx.use('decodedAs')}(${args.join(', ')});`;
  });
  const params = ['b: Uint8Array', 'start: number', 'stop: number', 'conn?: ConnContext', 'request?: Decoded'];
  ctx.useType('Decoded');
  if (count > 3) ctx.useType('ConnContext');
  const name = frameFunction({ name: '' }, 'decode', way);
  code.block(`function ${name}(${params.slice(0, count).join(', ')}): Decoded | undefined`, () => {
    code.block(`switch (${found})`, () => {
      for (const line of cases) code.line(line);
    });
    code.line('return undefined;');
  });
  code.line();
}

/** How much of what is given each function in the code takes. */
function parameterCounts(code: Code): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of code.lines) {
    const head = /^function (\w+)\((.*)\): /.exec(line);
    if (head !== null) counts.set(head[1]!, head[2]!.split(', ').length);
  }
  return counts;
}
