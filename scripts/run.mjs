// Runs one step of a script: its name, then how long it took, with its output only where it failed.
import { spawnSync } from 'node:child_process';

/** @returns whether the command succeeded */
export function step(name, command, args) {
  const started = Date.now();
  process.stderr.write(`${name} ... `);
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (status === 0) {
    process.stderr.write(`ok (${seconds} s)\n`);
    return true;
  }
  process.stderr.write(
    `failed (${seconds} s)\n${stdout ?? ''}${stderr ?? ''}${error === undefined ? '' : `${error.message}\n`}`,
  );
  return false;
}

export const node = process.execPath;
export const tool = name => `node_modules/.bin/${name}`;
