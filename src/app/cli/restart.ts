/** `gw restart`: replaces processes of any role, one by one. */
import type { Command } from 'commander';
import { deadlineOption, overallOption, type RollOptions, reachCommand, reachSupervisor, roll } from './reach.js';

interface RestartOptions extends RollOptions {
  readonly gateways?: boolean;
  readonly workers?: boolean;
  readonly register?: boolean;
}

export function restartCommand(): Command {
  return reachCommand('restart', 'end processes in order and start them again, one by one; default: all')
    .argument('[names...]', 'of processes, such as gateway-1')
    .option('--gateways', 'all gateways: their clients are disconnected')
    .option('--workers', 'all workers, as reload does')
    .option('--register', 'the register')
    .addOption(deadlineOption())
    .addOption(overallOption())
    .action(async (app: string, names: readonly string[], options: RestartOptions) => {
      const which = [
        ...names,
        ...(options.gateways === true ? ['gateway'] : []),
        ...(options.workers === true ? ['worker'] : []),
        ...(options.register === true ? ['register'] : []),
      ];
      const supervisor = await reachSupervisor('restart', app, options);
      await roll(supervisor, 'restart', { which }, options);
    });
}
