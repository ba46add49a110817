/** Chat: lines that people type. binary-parser has no lines, so only hand-written code stands beside the generated. */
import { chat } from '../../examples/telnet-chat/chat/codec.js';
import type { Say } from '../../examples/telnet-chat/chat/types.js';
import { decodeSay } from '../hand/chat.js';
import { type Contenders, dice, encoding, type Frames, inTurn, layOut, must } from '../work.js';

const say = chat.up.find(m => m.name === 'say')!;
const COUNT = 64;

function lines(): Say[] {
  const roll = dice(3);
  const words = ['hello', 'is', 'anybody', 'there', 'world', 'yes', 'what', 'about', 'tomorrow'];
  return Array.from({ length: COUNT }, () => ({
    line: Array.from({ length: 2 + roll(8) }, () => words[roll(words.length)]).join(' '),
  }));
}

const sample = (): Frames => layOut(lines().map(({ line }) => Buffer.from(line)));

function consume(v: Say): number {
  return v.line.length + v.line.charCodeAt(0);
}

export const contenders: Contenders = {
  'decode say/generated': () =>
    inTurn(sample(), (b, s, e) => must(chat.decode('up', b, s, e)).value as unknown as Say, consume),
  'decode say/hand-written': () => inTurn(sample(), (b, s, e) => must(decodeSay(b, s, e)), consume),
  'encode say/encode': () => encoding(say, lines()),
};
