/** `gw reload`: new code of events for an application that runs, without its clients noticing. */
import type { Command } from 'commander';
import { deadlineOption, overallOption, type RollOptions, reachCommand, reachSupervisor, roll } from './reach.js';

export function reloadCommand(): Command {
  return reachCommand('reload', 'replace all workers by new processes, one by one; nothing is lost')
    .addOption(deadlineOption())
    .addOption(overallOption())
    .action(async (app: string, options: RollOptions) => {
      const supervisor = await reachSupervisor('reload', app, options);
      await roll(supervisor, 'reload', {}, options);
    });
}
