/** `gw connections`: who is connected, or what could not be understood of late. */
import { Command, Option } from 'commander';
import { printable } from '../../codec/index.js';
import type { ConnectionRow, Page } from '../../gateway/index.js';
import type { BadFrameRow } from '../inspect/calls.js';
import { type Sorting, sortings, Topmost } from '../inspect/sorting.js';
import { type Column, tableText } from '../inspect/table.js';
import { bytesText, counted, countText, durationText } from '../inspect/units.js';
import { wholeNumber } from './arguments.js';
import { askAll, eachPage, reachGateways } from './ask.js';
import { runDirOption } from './run-dir-option.js';

interface Options {
  readonly runDir?: string;
  readonly uid?: string;
  readonly address?: string;
  readonly protocol?: string;
  readonly limit: number;
  readonly sort?: Sorting;
  readonly bad?: boolean;
  readonly json?: boolean;
}

/** A client, and whose. */
type Row = ConnectionRow & { readonly gateway: string };

export function connectionsCommand(): Command {
  return new Command('connections')
    .description('show who is connected, or with --bad what could not be understood of late')
    .argument('<app>', 'the file that was started')
    .option('--uid <uid>', 'of this uid only')
    .option('--address <network>', 'from this address or network only, such as 10.0.0.0/8')
    .option('--protocol <name>', 'of this protocol only')
    .option('--limit <n>', 'so many at most', wholeNumber(10_000_000), 1000)
    .addOption(new Option('--sort <column>', 'the greatest first').choices(Object.keys(sortings)))
    .addOption(
      new Option('--bad', 'the last frames that could not be understood').conflicts(['uid', 'address', 'sort']),
    )
    .option('--json', 'an object a line')
    .addOption(runDirOption())
    .action(connections);
}

async function connections(file: string, options: Options): Promise<void> {
  if (options.bad === true) return badFrames(file, options);
  const gateways = await reachGateways(file, options.runDir);
  const { uid, address, protocol, limit, sort } = options;
  const top = new Topmost<Row>(limit, sort === undefined ? undefined : sortings[sort]);
  await eachPage<Page<ConnectionRow>>(gateways, 'connections', { uid, address, protocol }, ({ rows }, { name }) => {
    for (const row of rows) top.add({ gateway: name, ...row });
    return sort !== undefined || !top.overfull;
  });
  for (const gateway of gateways) gateway.close();
  show(top.rows(), columns, options);
  if (top.overfull) process.stderr.write(`There are more than ${counted(limit, 'client')}; see --limit and --sort\n`);
}

async function badFrames(file: string, options: Options): Promise<void> {
  const gateways = await reachGateways(file, options.runDir);
  const rows: (BadFrameRow & { readonly gateway: string })[] = [];
  for (const { from, value, error } of await askAll<BadFrameRow[]>(gateways, 'badFrames')) {
    if (error !== undefined) process.stderr.write(`gw: ${printable(error)}\n`);
    for (const row of value ?? []) rows.push({ gateway: from.name, ...row });
  }
  for (const gateway of gateways) gateway.close();
  const { protocol, limit } = options;
  const wanted = rows.filter(row => protocol === undefined || row.protocol === protocol).sort((a, b) => a.at - b.at);
  show(wanted.slice(-limit), badColumns, options);
}

function show<T>(rows: readonly T[], table: readonly Column<T>[], { json }: Options): void {
  if (json === true) for (const row of rows) process.stdout.write(`${printable(JSON.stringify(row))}\n`);
  else process.stdout.write(`${tableText(table, rows)}\n`);
}

const columns: readonly Column<Row>[] = [
  { name: 'client', of: r => r.id },
  { name: 'gateway', of: r => r.gateway },
  { name: 'address', of: r => (r.address === '' ? '-' : r.address) },
  { name: 'protocol', of: r => r.protocol },
  { name: 'uid', of: r => r.uid ?? '-' },
  { name: 'state', of: r => (r.paused ? `${r.state}, paused` : r.state) },
  { name: 'age', of: r => durationText(r.age), right: true },
  { name: 'idle', of: r => durationText(r.idle), right: true },
  { name: 'frames in', of: r => countText(r.framesIn), right: true },
  { name: 'out', of: r => countText(r.framesOut), right: true },
  { name: 'bytes in', of: r => bytesText(r.bytesIn), right: true },
  { name: 'out', of: r => bytesText(r.bytesOut), right: true },
  { name: 'waiting', of: r => bytesText(r.waiting), right: true },
  { name: 'worker', of: r => r.worker ?? '-' },
];

const badColumns: readonly Column<BadFrameRow & { readonly gateway: string }>[] = [
  { name: 'time', of: r => new Date(r.at).toISOString() },
  { name: 'client', of: r => r.client },
  { name: 'gateway', of: r => r.gateway },
  { name: 'protocol', of: r => r.protocol },
  { name: 'code', of: r => r.code },
  { name: 'field', of: r => (r.field === '' ? '-' : r.field) },
  { name: 'bytes', of: r => countText(r.size), right: true },
  { name: 'hex', of: r => r.hex ?? 'not kept: the protocol has secrets' },
];
