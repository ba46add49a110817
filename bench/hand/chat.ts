/**
 * A line of the chat as a careful engineer would read it by hand: text made once, commands told apart by their slash. The
 * frame is the line without its end.
 */
import type { Say } from '../../examples/telnet-chat/chat/types.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `undefined`: the line is a command, or cannot be one of this protocol. */
export function decodeSay(b: Buffer, start: number, end: number): Say | undefined {
  let plain = true;
  for (let i = start; i < end; i++) {
    const byte = b[i]!;
    if (byte === 0 || byte === 0x08 || byte >= 0x7f) {
      plain = false;
      break;
    }
  }
  const line = plain ? b.toString('latin1', start, end) : unusual(b, start, end);
  // All that begins with a slash is a command, if only an unknown one.
  if (line === undefined || line.startsWith('/')) return undefined;
  return { line };
}

/** UTF-8, and what was taken back while typing. */
function unusual(b: Buffer, start: number, end: number): string | undefined {
  let text: string;
  try {
    text = decoder.decode(b.subarray(start, end));
  } catch {
    return undefined;
  }
  if (text.includes('\0')) return undefined;
  if (!text.includes('\b') && !text.includes('\x7f')) return text;
  const kept: string[] = [];
  for (const character of text) {
    if (character === '\b' || character === '\x7f') kept.pop();
    else kept.push(character);
  }
  return kept.join('');
}
