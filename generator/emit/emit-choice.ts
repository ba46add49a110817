/** Which message a text is: a decision by its first characters, then one test of its form. */
import type { Frame, Message } from '../model/model.js';
import { byteHex, type Code } from './code.js';
import type { EmitContext } from './context.js';
import { fitCode, leadOf } from './emit-template.js';
import { messagesOf, type Way } from './ways.js';

/** Messages of a frame that go this way. */
export function messagesIn(ctx: EmitContext, frame: Frame, way: Way): Message[] {
  return messagesOf(ctx.model, way).filter(m => m.frame === frame);
}

/** The place of a message among all that go this way. */
export function indexOf(ctx: EmitContext, m: Message, way: Way): number {
  return messagesOf(ctx.model, way).indexOf(m);
}

/** More literal characters first, then file order; `otherwise` last. */
export function byPriority(messages: readonly Message[]): Message[] {
  return [...messages].sort((a, b) => Number(a.otherwise) - Number(b.otherwise) || literalLength(b) - literalLength(a));
}

function literalLength(m: Message): number {
  return m.template!.reduce((n, part) => n + ('literal' in part ? part.literal.length : 0), 0);
}

/**
 * Code that finds the message of `text`, in the order of priority. `attempt` writes what happens with one message, and
 * answers whether that is the end of it: nothing behind it can be reached then.
 */
export function emitChoice(messages: readonly Message[], code: Code, attempt: (m: Message) => boolean): boolean {
  return choose(byPriority(messages), 0, code, attempt);
}

/** Messages whose first literal goes on at `at` are told apart there; the others are tried in their place between them. */
function choose(messages: readonly Message[], at: number, code: Code, attempt: (m: Message) => boolean): boolean {
  for (let i = 0; i < messages.length; ) {
    let end = i;
    while (end < messages.length && goesOn(messages[end]!, at)) end++;
    if (end === i) {
      if (attempt(messages[i++]!)) return true;
      continue;
    }
    branch(messages.slice(i, end), at, code, attempt);
    i = end;
  }
  return false;
}

const goesOn = (m: Message, at: number): boolean => leadOf(m).length > at;

/** All of these have a character at `at`. */
function branch(messages: readonly Message[], at: number, code: Code, attempt: (m: Message) => boolean): void {
  const characters = [...new Set(messages.map(m => leadOf(m).charCodeAt(at)))];
  if (messages.length === 1) attempt(messages[0]!);
  else if (characters.length === 1) choose(messages, at + 1, code, attempt);
  else {
    code.block(`switch (text.charCodeAt(${at}))`, () => {
      for (const c of characters) {
        const same = messages.filter(m => leadOf(m).charCodeAt(at) === c);
        code.block(`case ${byteHex(c)}:`, () => {
          if (!choose(same, at + 1, code, attempt)) code.line('break;');
        });
      }
    });
  }
}

/** `chooseUp(text)`: the index of the message that a text is, or `NONE`. */
export function emitChooser(ctx: EmitContext, name: string, frame: Frame, way: Way, code: Code): void {
  code.block(`function ${name}(text: string): number`, () => {
    const certain = emitChoice(messagesIn(ctx, frame, way), code, m => {
      const fits = fitCode(ctx, m, 'text');
      const found = `return ${indexOf(ctx, m, way)}; // ${m.name}`;
      code.line(fits === 'true' ? found : `if (${fits}) ${found}`);
      return fits === 'true';
    });
    if (!certain) code.line(`return ${ctx.use('NO_MESSAGE')};`);
  });
  code.line();
}
