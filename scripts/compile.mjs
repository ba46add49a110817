// Compiles a project, and lets the commands of the package be run as npm does: it makes them executable once, when it installs, and
// every compilation writes them anew.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { tool } from './run.mjs';

const { status } = spawnSync(tool('tsc'), ['-p', process.argv[2]], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
for (const file of Object.values(JSON.parse(readFileSync('package.json', 'utf8')).bin)) chmodSync(file, 0o755);
