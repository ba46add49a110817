/**
 * Why a process has ended, in a file beside its socket: what it says on stderr may go anywhere, and a connection is gone
 * before all that was said over it has arrived.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MOST = 2000;

/** Synchronous, as the end of a process is. Where it cannot be written, nobody will know. */
export function leaveLastWords(dir: string, name: string, text: string): void {
  try {
    writeFileSync(fileOf(dir, name), text.slice(0, MOST), { mode: 0o600 });
  } catch {}
}

/** Takes what a process has left, if it has left anything. */
export function takeLastWords(dir: string, name: string): string | undefined {
  try {
    const text = readFileSync(fileOf(dir, name), 'utf8');
    rmSync(fileOf(dir, name));
    // On a full disk there is a file, and nothing in it.
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

function fileOf(dir: string, name: string): string {
  return join(dir, `${name}.last`);
}
