/** Where the bytes of a frame stand on the wire, where they are sent in another form: escaped, or as digits. */
import type { Frame } from '../model/model.js';

/** The bytes of a frame, and where each stands on the wire: `at[i]` is the place of byte i, `at[n]` that behind the last. */
export interface Unwrapped {
  readonly bytes: Uint8Array;
  readonly at: readonly number[];
}

/** What stands in `[from, to)` of `wire`; delimiters are left out at both ends. */
export function unwrap(frame: Frame, wire: Uint8Array, from: number, to: number): Unwrapped {
  const { split, escape: rule } = frame;
  switch (split.by) {
    case 'flag':
      return unescaped(
        wire,
        ...without(wire, from, to, split.flag),
        rule?.lead ?? -1,
        code => rule?.pairs.find(p => p.code === code)?.byte,
      );
    case 'slip':
      return unescaped(wire, ...without(wire, from, to, 0xc0), 0xdb, code => ({ 220: 0xc0, 221: 0xdb })[code]);
    case 'cobs':
      return fromBlocks(wire, ...without(wire, from, to, 0));
    case 'hex':
      return fromDigits(wire, from, to);
    default:
      return plain(wire, from, to);
  }
}

/** `[from, to)` without a byte that only delimits, at both ends. */
function without(wire: Uint8Array, from: number, to: number, flag: number): [number, number] {
  while (from < to && wire[from] === flag) from++;
  while (to > from && wire[to - 1] === flag) to--;
  return [from, to];
}

function plain(wire: Uint8Array, from: number, to: number): Unwrapped {
  return { bytes: wire.slice(from, to), at: Array.from({ length: to - from + 1 }, (_, i) => from + i) };
}

function unescaped(
  wire: Uint8Array,
  from: number,
  to: number,
  lead: number,
  plainOf: (code: number) => number | undefined,
): Unwrapped {
  const bytes: number[] = [];
  const at: number[] = [];
  for (let i = from; i < to; i++) {
    at.push(i);
    const byte = wire[i] === lead && i + 1 < to ? plainOf(wire[i + 1]!) : undefined;
    bytes.push(byte ?? wire[i]!);
    if (byte !== undefined) i++;
  }
  return { bytes: Uint8Array.from(bytes), at: [...at, to] };
}

function fromBlocks(wire: Uint8Array, from: number, to: number): Unwrapped {
  const bytes: number[] = [];
  const at: number[] = [];
  const add = (byte: number, i: number): void => {
    bytes.push(byte);
    at.push(i);
  };
  for (let i = from; i < to; ) {
    const size = wire[i]!;
    const stop = Math.min(to, i + size);
    for (i++; i < stop; i++) add(wire[i]!, i);
    if (size < 255 && stop < to) add(0, stop);
  }
  return { bytes: Uint8Array.from(bytes), at: [...at, to] };
}

function fromDigits(wire: Uint8Array, from: number, to: number): Unwrapped {
  const digits: number[] = [];
  for (let i = from; i < to; i++) if (/[0-9a-fA-F]/.test(String.fromCharCode(wire[i]!))) digits.push(i);
  const bytes: number[] = [];
  const at: number[] = [];
  for (let i = 0; i + 1 < digits.length; i += 2) {
    const [high, low] = [digits[i]!, digits[i + 1]!];
    bytes.push(Number.parseInt(String.fromCharCode(wire[high]!, wire[low]!), 16));
    at.push(high);
  }
  return { bytes: Uint8Array.from(bytes), at: [...at, (digits.at(-1) ?? to - 1) + 1] };
}
