/**
 * Transcripts of telnet windows: `[1] > text` is typed in the first window, `[1] text` is what it shows; with one window
 * the number may be missing. A window opens where it is first mentioned. What stands there must be all that is shown.
 */
import { LineClient } from '../line-client.js';
import { type Snippet, whereIs } from './pages.js';

/** Plays a transcript against a server; throws where they differ. */
export async function play(s: Snippet, address: string): Promise<void> {
  const windows = new Map<string, LineClient>();
  try {
    for (const [i, line] of s.text.split('\n').slice(0, -1).entries()) {
      const at = `${whereIs(s)} + ${i + 1}`;
      const [, name = '', typed, text = ''] = /^(?:\[(\w+)\] )?(> )?(.*)$/.exec(line)!;
      let window = windows.get(name);
      if (window === undefined) {
        window = await LineClient.connect(address);
        windows.set(name, window);
      }
      if (typed !== undefined) {
        window.send(text);
        continue;
      }
      const got = await window.line(/^/, 5000).catch(() => '(nothing)');
      if (got !== text) throw new Error(`${at}: the page says "${text}", the server "${got}"`);
    }
    // Something too much would come now.
    await new Promise(resolve => setTimeout(resolve, 100));
    for (const [name, window] of windows) {
      if (window.lines.length > 0)
        throw new Error(`${whereIs(s)}: window ${name} also shows ${window.lines.join(' | ')}`);
    }
  } finally {
    for (const window of windows.values()) window.close();
  }
}
