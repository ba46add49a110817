/** Run dirs for tests, and nobody left in them: whoever was started with one is killed when the test's process ends. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dirs: string[] = [];

export function newRunDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gw-'));
  if (dirs.push(dir) === 1) {
    process.on('exit', () => {
      for (const d of dirs) {
        for (const pid of livingIn(d)) process.kill(pid, 'SIGKILL');
        rmSync(d, { recursive: true, force: true });
      }
    });
  }
  return dir;
}

/** Processes that have the run dir in their environment, from the system's own list. */
export function livingIn(dir: string): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`GW_RUN_DIR=${dir}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}
