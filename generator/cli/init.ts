import type { Command } from 'commander';
export function addInit(_: Command): void {}
