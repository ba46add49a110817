/** What `gw check` has found, for people. */
import { printable } from '../../codec/index.js';
import { counted, countText, durationText } from '../inspect/units.js';
import type { CheckReport, ListenerReport } from './check-app.js';

/** What would run, a listener at a time. */
export function runsText(file: string, report: CheckReport): string {
  const lines = [`${file}: "${report.name}" can start, ${report.mode}`];
  for (const listener of report.listeners) lines.push('', listener.address, ...rows(listenerRows(listener)));
  const common: Row[] = [];
  if (report.registers.length > 0) common.push(['registers', report.registers.join(', ')]);
  if (report.gateways.length > 0) common.push(['gateways', report.gateways.join(', ')]);
  if (report.link !== null) common.push(['links', report.link]);
  common.push(['keys', report.keys === 0 ? 'none: links stay on this machine' : String(report.keys)]);
  if (report.state !== null) common.push(['state', report.state]);
  if (report.mode !== 'role register' && report.mode !== 'role worker') {
    common.push([
      'open files',
      report.openFiles === null ? 'no bound known' : `${countText(report.openFiles)} at most`,
    ]);
  }
  lines.push('', 'all', ...rows(common));
  return lines.map(printable).join('\n');
}

type Row = readonly [name: string, value: string];

function listenerRows(l: ListenerReport): Row[] {
  const { limits, tls } = l;
  const list: Row[] = [
    ['protocol', `${l.protocol} ${l.version}`],
    ['clients', bound(limits.clients, countText)],
    ['login', l.login === null ? 'none' : `within ${durationText(l.login)}`],
    ['heartbeat', l.heartbeat === null ? 'none' : `closed after ${durationText(l.heartbeat)} of silence`],
    ['idle', bound(l.idle, ms => `closed after ${durationText(ms)}`)],
    ['frame', `${counted(l.frame, 'byte')} at most`],
    ['bad frames', bound(limits.badFrames, n => `${countText(n)} in a row`)],
    ['send buffer', bound(limits.sendBuffer, n => counted(n, 'byte'))],
    ['no worker', bound(limits.noWorker, ms => `a message waits ${durationText(ms)}`)],
    ['delivery', l.delivery],
  ];
  if (l.proxies.length > 0) list.push(['proxies', l.proxies.join(', ')]);
  if (tls !== null) {
    const { cert, until, daysLeft, clientCa } = tls;
    list.push(['tls', `${cert}, until ${until.slice(0, 10)} (${counted(daysLeft, 'day')})`]);
    if (clientCa !== undefined) list.push(['clients show', `a certificate of ${clientCa}`]);
  }
  if (tls !== null || l.proxies.length > 0) list.push(['handshake', bound(limits.handshake, durationText)]);
  return list;
}

function bound(value: number | null, text: (value: number) => string): string {
  return value === null ? 'no bound' : text(value);
}

function rows(list: readonly Row[]): string[] {
  return list.map(([name, value]) => `  ${name.padEnd(13)}${value}`);
}
