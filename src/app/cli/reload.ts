/** `gw reload`: new code of events for an application that runs, without its clients noticing. */
import type { Command } from 'commander';
import { deadlineOption, type ReachOptions, reachCommand, reachSupervisor, roll } from './reach.js';

interface ReloadOptions extends ReachOptions {
  readonly deadline: number;
}

export function reloadCommand(): Command {
  return reachCommand('reload', 'replace all workers by new processes, one by one; nothing is lost')
    .addOption(deadlineOption())
    .action(async (app: string, options: ReloadOptions) => {
      const supervisor = await reachSupervisor('reload', app, options);
      await roll(supervisor, 'reload', { deadline: options.deadline * 1000 }, options);
    });
}
