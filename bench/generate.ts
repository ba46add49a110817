/** Generating the largest schema, as a user has it: the command, from its start to its end. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from './codec.js';
import type { Row } from './report.js';
import { median } from './statistics.js';

const COMMAND = fileURLToPath(new URL('../generator/cli/main.js', import.meta.url));
const SCHEMA = 'protocols/jt808.wire.yaml';
/** Milliseconds that it may take: nobody waits for what is done within a second. */
const BAR = 1000;

export function measureGenerate({ pairs }: Settings): Row[] {
  const times: number[] = [];
  for (let i = 0; i < pairs; i++) times.push(milliseconds());
  return [
    {
      section: 'generate',
      what: 'gw-gen generate, the largest schema (jt808), start included',
      subject: { name: 'gw-gen', value: median(times) * 1e6, unit: 'ns' },
      other: { name: 'the bar', value: BAR * 1e6, unit: 'ns' },
      ratios: times.map(ms => BAR / ms),
      target: 1,
    },
  ];
}

/** Everything is written: the folder is new each time. */
function milliseconds(): number {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-bench-'));
  try {
    const from = performance.now();
    execFileSync(process.execPath, [COMMAND, 'generate', SCHEMA, '--out', folder], { stdio: 'ignore' });
    return performance.now() - from;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
