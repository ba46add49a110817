/** What a protocol makes of frames, as plain text: the same wherever the code runs, in Node or in a browser. */
import { type Direction, decodeBytes, hex, type Protocol, Writer } from '../../src/codec/index.js';

export interface GoldenFrame {
  readonly dir: Direction;
  /** Hexadecimal digits. */
  readonly raw: string;
}

/** A line for each frame: its message, its value, and the bytes that the value is encoded to. */
export function goldenAnswers(protocol: Protocol, frames: readonly GoldenFrame[]): string[] {
  return frames.map(({ dir, raw }) => {
    const bytes = Uint8Array.from(raw.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
    const [result] = decodeBytes(protocol, dir, bytes);
    if (result?.ok !== true) return `refused: ${result?.text}`;
    const w = new Writer();
    protocol[dir].find(m => m.name === result.message)?.write(w, result.value);
    return `${result.message} ${JSON.stringify(result.value, plain)} ${hex(w.bytes, 0, w.length)}`;
  });
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  return value instanceof Uint8Array ? hex(value, 0, value.length) : value;
}
