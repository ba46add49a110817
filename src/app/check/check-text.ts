/** What `gw check` has found, for people. */
import { printable } from '../../codec/index.js';
import { bytesText, counted, countText, durationText } from '../inspect/units.js';
import type { CertificateReport } from './certificates.js';
import type { CheckReport, ListenerReport } from './check-app.js';
import type { GatewayReport } from './gateway-report.js';

/** What would run, a listener at a time. */
export function runsText(file: string, report: CheckReport): string {
  const lines = [`${file}: "${report.name}" can start, ${report.mode}`];
  for (const listener of report.listeners) lines.push('', listener.address, ...rows(listenerRows(listener)));
  if (report.gateway !== null) lines.push('', 'gateway', ...rows(gatewayRows(report.gateway)));
  const common: Row[] = [];
  if (report.registers.length > 0) common.push(['registers', report.registers.join(', ')]);
  if (report.gateways.length > 0) common.push(['gateways', report.gateways.join(', ')]);
  if (report.link !== null) common.push(['links', report.link]);
  if (report.linkTls !== null) common.push(...certificateRows('links show', 'and want', report.linkTls));
  const without = report.linkTls === null ? 'none: links stay on this machine' : 'none: links go by certificates';
  common.push(['keys', report.keys === 0 ? without : String(report.keys)]);
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
    ['connects', bound(limits.connects, perSecond)],
    ['login', l.login === null ? 'none' : `within ${durationText(l.login)}`],
    ['heartbeat', l.heartbeat === null ? 'none' : `closed after ${durationText(l.heartbeat)} of silence`],
    ['idle', bound(l.idle, ms => `closed after ${durationText(ms)}`)],
    ['frame', `${counted(l.frame, 'byte')} at most`],
    ['each sends', pace(limits)],
    ['bad frames', bound(limits.badFrames, n => `${countText(n)} in a row`)],
    ['send buffer', bound(limits.sendBuffer, n => counted(n, 'byte'))],
    ['slow clients', slowText(limits)],
    ['no worker', bound(limits.noWorker, ms => `a message waits ${durationText(ms)}`)],
    ['delivery', l.delivery],
  ];
  if (l.proxies.length > 0) list.push(['proxies', l.proxies.join(', ')]);
  if (tls !== null) list.push(...certificateRows('tls', 'clients show', tls));
  if (tls !== null || l.proxies.length > 0) list.push(['handshake', bound(limits.handshake, durationText)]);
  return list;
}

function certificateRows(own: string, others: string, { cert, until, daysLeft, clientCa }: CertificateReport): Row[] {
  const shown: Row = [own, `${cert}, until ${until.slice(0, 10)} (${counted(daysLeft, 'day')})`];
  return clientCa === undefined ? [shown] : [shown, [others, `a certificate of ${clientCa}`]];
}

function gatewayRows({ clients, buffers, route, perAddress, denied, ban }: GatewayReport): Row[] {
  const { addresses, uids, file } = denied;
  const named = [
    ...(addresses > 0 ? [counted(addresses, 'network')] : []),
    ...(uids > 0 ? [counted(uids, 'uid')] : []),
    ...(file === null ? [] : [`those in ${file}`]),
  ];
  const each = [
    ...(perAddress.clients === null ? [] : [counted(perAddress.clients, 'client')]),
    ...(perAddress.connects === null ? [] : [`${counted(perAddress.connects, 'connect')} in a second`]),
  ];
  return [
    ['clients', bound(clients, n => `${countText(n)}, of all listeners`)],
    ['buffers', bound(buffers, bytesText)],
    ['route', route === 'function' ? "the app's own" : route],
    ['one address', each.length === 0 ? 'no bound' : each.join(', ')],
    ['denied', named.length === 0 ? 'nobody' : named.join(', ')],
    ['bans', ban === null ? 'none' : banText(ban)],
  ];
}

function banText({ after, within, for: time }: NonNullable<GatewayReport['ban']>): string {
  const long = bound(time, durationText);
  return `${long} after ${bound(after, n => counted(n, 'misdeed'))} in ${bound(within, durationText)}`;
}

/** How fast one client may speak, and what becomes of it beyond that. */
function pace({ framesPerSecond, bytesPerSecond, over }: ListenerReport['limits']): string {
  const most = [
    ...(framesPerSecond === null ? [] : [counted(framesPerSecond, 'frame')]),
    ...(bytesPerSecond === null ? [] : [counted(bytesPerSecond, 'byte')]),
  ];
  if (most.length === 0) return 'no bound';
  return `${most.join(' and ')} in a second, then it is ${over === 'close' ? 'closed' : 'read later'}`;
}

function slowText({ slowClient, sendBufferLow }: ListenerReport['limits']): string {
  if (slowClient === 'close') return 'closed';
  const low = bound(sendBufferLow, n => `beyond ${counted(n, 'byte')}`);
  if (slowClient === 'drop-oldest') return `${low} go without the oldest`;
  if (slowClient === 'drop-newest') return `${low} go without the newest`;
  const kinds = Object.entries(slowClient.latest).map(([name, by]) => (by === true ? name : `${name} by ${by}`));
  return `${low} get only the newest ${kinds.join(', ')}`;
}

function perSecond(value: number): string {
  return `${countText(value)} in a second`;
}

function bound(value: number | null, text: (value: number) => string): string {
  return value === null ? 'no bound' : text(value);
}

function rows(list: readonly Row[]): string[] {
  return list.map(([name, value]) => `  ${name.padEnd(13)}${value}`);
}
