/** Prints what trackers report, one line each. */
import { accept, type Client, type CloseReason, type UnknownMessage } from 'framegate';
import type { AlarmMessage, Gt06, Location, Login, Result } from './types.js';

type Tracker = Client<Gt06>;

/** `41.61491 2.26641  62 km/h  2016-02-14T20:06:29.000Z  12 satellites`. */
function place({ lat, lon, speed, time, gps, course }: Location | AlarmMessage): string {
  const when = time === undefined ? 'no time' : new Date(time).toISOString();
  const fix = course.fixed ? `${gps.sats} satellites` : 'no fix';
  return `${lat.toFixed(5)} ${lon.toFixed(5)}  ${speed} km/h  ${when}  ${fix}`;
}

export function onLogin(client: Tracker, { imei }: Login) {
  // Here a real service would look the device up, and refuse() one that it does not know.
  console.log(`${imei} logs in from ${client.remoteAddress}`);
  return accept();
}

export function onLocation(client: Tracker, message: Location): void {
  console.log(`${client.uid} ${place(message)}`);
  for (const warning of message.$warn ?? []) console.log(`${client.uid} ${warning}`);
}

export function onAlarm(client: Tracker, message: AlarmMessage): void {
  console.log(`${client.uid} ALARM ${message.alarm}  ${place(message)}`);
}

export function onResult(client: Tracker, { line }: Result): void {
  console.log(`${client.uid} answers: ${line}`);
}

export function onUnknown(client: Tracker, message: UnknownMessage): void {
  const { id, body } = message;
  const bytes = body instanceof Uint8Array ? Buffer.from(body).toString('hex') : '';
  console.log(`${client.uid} message ${id}, which the schema does not name: ${bytes}`);
}

export function onClose(client: Tracker, { code, framesIn }: CloseReason): void {
  console.log(`${client.uid ?? client.remoteAddress} gone (${code}) after ${framesIn} frames`);
}
