/** `gw status` on a terminal: tables of the processes, of where they listen, and of their links. */
import { printable } from '../../codec/index.js';
import type { AppStatus, ProcessRow, SilentProcess } from './app-status.js';
import { type Column, tableText } from './table.js';
import { bytesText, countText, durationText } from './units.js';

type Row = ProcessRow | SilentProcess;

/** What the look before has shown, and how long ago: rates are the difference. */
export interface Before {
  readonly status: AppStatus;
  /** Milliseconds. */
  readonly ago: number;
}

export function statusText(status: AppStatus, before?: Before): string {
  const answering = status.processes.filter(p => p.answers);
  const parts = [tableText(processColumns(status, before), status.processes)];
  const { supervisor } = status;
  if (supervisor !== null) parts.unshift(`supervisor: pid ${supervisor.pid}, up ${durationText(supervisor.uptime)}`);
  const listeners = answering.flatMap(({ name, listeners }) => listeners.map(l => ({ name, ...l })));
  if (listeners.length > 0) parts.push(tableText(listenerColumns, listeners));
  const links = answering.flatMap(({ name, links }) => links.map(l => ({ name, ...l })));
  if (links.length > 0) parts.push(tableText(linkColumns, links));
  const gateways = answering.flatMap(({ name, gateways }) => gateways.map(g => ({ name, ...g })));
  if (gateways.length > 0) parts.push(tableText(gatewayColumns, gateways));
  const words = status.ready ? ['ready'] : status.problems.map(problem => `not ready: ${printable(problem)}`);
  parts.push(words.join('\n'));
  return parts.join('\n\n');
}

/** Columns that nobody has anything to say in are left out. */
function processColumns({ processes }: AppStatus, before: Before | undefined): Column<Row>[] {
  const of = (get: (row: ProcessRow) => string) => (row: Row) => (row.answers ? get(row) : '-');
  const gateway = (get: (counters: NonNullable<ProcessRow['counters']['gateway']>, row: ProcessRow) => string) =>
    of(row => (row.counters.gateway === undefined ? '-' : get(row.counters.gateway, row)));
  const rate = (which: 'framesIn' | 'framesOut') =>
    gateway((counters, row) => {
      const last = before?.status.processes.find(p => p.answers && p.name === row.name && p.pid === row.pid);
      const old = last?.answers === true ? last.counters.gateway?.[which] : undefined;
      return old === undefined ? '-' : countText(((counters[which] - old) * 1000) / before!.ago);
    });
  const serves = processes.some(p => p.answers && p.counters.gateway !== undefined);
  const isWatched = processes.some(p => p.restarts !== undefined);
  const columns: (Column<Row> | false)[] = [
    { name: 'process', of: row => row.name },
    { name: 'pid', of: of(row => String(row.pid)), right: true },
    { name: 'uptime', of: of(row => durationText(row.uptime)), right: true },
    { name: 'state', of: row => (row.answers ? (row.ready ? 'ready' : 'not ready') : 'silent') },
    {
      name: 'clients',
      of: of(({ counters }) => {
        const clients = counters.gateway?.clients ?? counters.worker?.clients;
        return clients === undefined ? '-' : countText(clients);
      }),
      right: true,
    },
    serves && { name: 'frames in', of: gateway(c => countText(c.framesIn)), right: true },
    serves && { name: 'out', of: gateway(c => countText(c.framesOut)), right: true },
    serves && before !== undefined && { name: 'in/s', of: rate('framesIn'), right: true },
    serves && before !== undefined && { name: 'out/s', of: rate('framesOut'), right: true },
    serves && { name: 'events', of: gateway(c => bytesText(c.buffers.events)), right: true },
    serves && { name: 'output', of: gateway(c => bytesText(c.buffers.output)), right: true },
    { name: 'memory', of: of(row => bytesText(row.memory.rss)), right: true },
    { name: 'heap', of: of(row => bytesText(row.memory.heapUsed)), right: true },
    {
      name: 'loop p50/p99/max',
      of: of(({ loop }) => (loop === null ? '-' : [loop.p50, loop.p99, loop.max].map(durationText).join(' / '))),
      right: true,
    },
    isWatched && {
      name: 'restarts',
      of: row => (row.restarts === undefined ? '-' : countText(row.restarts)),
      right: true,
    },
    isWatched && { name: 'last error', of: row => row.lastError ?? '-' },
  ];
  return columns.filter(column => column !== false);
}

const listenerColumns: readonly Column<{ readonly name: string } & ProcessRow['listeners'][number]>[] = [
  { name: 'listens', of: row => row.name },
  { name: 'address', of: row => row.address },
  { name: 'protocol', of: row => row.protocol },
  { name: 'clients', of: row => countText(row.clients), right: true },
  { name: 'at most', of: row => (row.most === null ? 'any' : countText(row.most)), right: true },
  { name: 'state', of: row => (row.open ? 'open' : 'closed') },
];

const linkColumns: readonly Column<{ readonly name: string } & ProcessRow['links'][number]>[] = [
  { name: 'gateway', of: row => row.name },
  { name: 'linked to', of: row => `${row.role} ${row.peer}` },
  { name: 'at', of: row => row.address },
  { name: 'state', of: row => row.stage },
  { name: 'clients', of: row => countText(row.clients), right: true },
  { name: 'waiting', of: row => countText(row.waiting), right: true },
  { name: 'unsettled', of: row => countText(row.unsettled), right: true },
  { name: 'buffered', of: row => bytesText(row.buffered), right: true },
  { name: 'credit', of: row => `${countText(row.credit.events)} / ${bytesText(row.credit.bytes)}`, right: true },
];

const gatewayColumns: readonly Column<{ readonly name: string } & ProcessRow['gateways'][number]>[] = [
  { name: 'worker', of: row => row.name },
  { name: 'linked to', of: row => `gateway ${row.id}` },
  { name: 'at', of: row => row.address },
  { name: 'state', of: row => (row.linked ? 'ready' : `no link: ${row.why === '' ? 'being made' : row.why}`) },
  { name: 'clients', of: row => countText(row.clients), right: true },
  { name: 'buffered', of: row => bytesText(row.buffered), right: true },
];
