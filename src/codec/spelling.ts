/** Texts that say the same in other characters: a value keeps those that came, and is written with them again. */
import type { ConnContext } from './conn-context.js';
import type { Decoded, MessageCodec, MessageValue } from './contract.js';
import { gbk, writeGbk } from './gbk.js';
import { latin1, utf8, writeAscii, writeLatin1, writeUtf8 } from './text.js';
import { closeText } from './text-frame.js';
import { Writer } from './writer.js';

/** How the frames of a message are written, and known. */
export interface Spelling {
  readonly charset: 'ascii' | 'utf8' | 'latin1' | 'gbk';
  /** What an encoder writes behind a frame, what else may stand there, and what frames begin with. */
  readonly end: Uint8Array;
  readonly ends: readonly Uint8Array[];
  readonly starts: readonly Uint8Array[];
  /** Bytes of the longest frame. */
  readonly limit: number;
  /** Whether a frame is one of this message. */
  is(b: Uint8Array, start: number, stop: number): boolean;
}

/** What is read and written of a message. */
export type Codec = Pick<MessageCodec, 'read' | 'write'>;

const WRITERS = { ascii: writeAscii, latin1: writeLatin1, utf8: writeUtf8, gbk: writeGbk } as const;

/** Where frames are written only to be compared. */
const scratch = new Writer();

/** The same message, with `$text` in values whose frame an encoder would write in other characters. */
export function keepSpelling(message: Codec, spelling: Spelling): Codec {
  const { charset, end, ends, starts, limit } = spelling;

  /** The frame that an encoder writes of its own accord, without what ends it. */
  const spelled = (value: MessageValue, conn?: ConnContext, request?: Decoded): Uint8Array => {
    scratch.length = 0;
    message.write(scratch, value, conn, request);
    return scratch.bytes.subarray(0, scratch.length - end.length);
  };

  const read: Codec['read'] = (b, start, stop, conn, request) => {
    const value = message.read(b, start, stop, conn, request);
    if (value === undefined) return undefined;
    let isUsual = false;
    try {
      isUsual = isSame(spelled(value, conn, request), b, start, stop);
    } catch {
      // What an encoder refuses is read all the same.
    }
    return isUsual ? value : { ...value, $text: textOf(charset, b, start, stop) };
  };

  const write: Codec['write'] = (w, value, conn, request) => {
    const start = w.length;
    const isDone = message.write(w, value, conn, request);
    const { $text } = value;
    if (typeof $text !== 'string') return isDone;
    const usual = w.slice(start);
    w.length = start;
    WRITERS[charset](w, $text, '$text');
    const stop = w.length;
    const said = spelling.is(w.bytes, start, stop) ? message.read(w.bytes, start, stop, conn, request) : undefined;
    if (said !== undefined && isSame(spelled(said, conn, request), usual, 0, usual.length - end.length))
      return closeText(w, start, end, ends, starts, limit);
    // Another value stands there by now.
    w.length = start;
    w.append(usual);
    return isDone;
  };

  return { read, write };
}

function isSame(a: Uint8Array, b: Uint8Array, start: number, stop: number): boolean {
  return a.length === stop - start && a.every((byte, i) => byte === b[start + i]);
}

function textOf(charset: Spelling['charset'], b: Uint8Array, start: number, stop: number): string | undefined {
  if (charset === 'utf8') return utf8(b, start, stop, '$text');
  return charset === 'gbk' ? gbk(b, start, stop, '$text') : latin1(b, start, stop);
}
