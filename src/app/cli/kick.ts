/** `gw kick`: sends clients away. */
import { Command } from 'commander';
import type { Kicked } from '../inspect/calls.js';
import { counted } from '../inspect/units.js';
import { seconds } from './arguments.js';
import { eachPage, reachGateways } from './ask.js';
import { runDirOption } from './run-dir-option.js';

interface Options {
  readonly runDir?: string;
  readonly uid?: string;
  readonly address?: string;
  readonly protocol?: string;
  readonly reason: string;
  readonly ban?: number;
  readonly json?: boolean;
}

export function kickCommand(): Command {
  return new Command('kick')
    .description('close clients with reason "kicked": those to whom all that is given applies')
    .argument('<app>', 'the file that was started')
    .argument('[client]', 'a client id')
    .option('--uid <uid>', 'of this uid')
    .option('--address <network>', 'from this address or network, such as 203.0.113.0/24')
    .option('--protocol <name>', 'of this protocol')
    .option('--reason <text>', 'what onClose is told as detail', '')
    .option('--ban <seconds>', 'also keep their addresses out for so long', seconds)
    .option('--json', 'one object')
    .addOption(runDirOption())
    .action(kick);
}

async function kick(file: string, id: string | undefined, options: Options, command: Command): Promise<void> {
  const { runDir, uid, address, protocol, reason, ban, json } = options;
  if (id === undefined && uid === undefined && address === undefined && protocol === undefined)
    command.error('error: nobody is named; give a client id, --uid, --address or --protocol');
  const gateways = await reachGateways(file, runDir);
  const found = new Map<string, number>();
  const args = { id, uid, address, protocol, reason, ...(ban !== undefined && { ban: ban * 1000 }) };
  await eachPage<Kicked>(gateways, 'kick', args, ({ kicked }, { name }) => {
    found.set(name, (found.get(name) ?? 0) + kicked);
    return true;
  });
  for (const gateway of gateways) gateway.close();
  const all = [...found.values()].reduce((sum, n) => sum + n, 0);
  if (json === true) process.stdout.write(`${JSON.stringify({ kicked: all, gateways: Object.fromEntries(found) })}\n`);
  else process.stdout.write(`kicked ${counted(all, 'client')}\n`);
  if (all === 0) process.exitCode = 1;
}
