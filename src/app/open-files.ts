/**
 * How many clients the system's limit of open files leaves room for: each is one. Whoever runs out of them is told nothing
 * by Node, which then closes new connections without a word; so clients are refused before that.
 */
import { defaultLimits } from '../gateway/index.js';
import type { Disk } from '../net/index.js';
import type { Logger } from '../protocol/index.js';
import type { App } from './define-app.js';

/** Where Linux says it. Node has raised what it may have to what it can have. */
const LIMITS = '/proc/self/limits';
/** Bytes of that file. */
const FILE_MOST = 64 * 1024;
/** Files for links, listeners, connections of handlers and Node itself: at least, at most, and as a part of all. */
const SPARE_LEAST = 64;
const SPARE_MOST = 1024;
const SPARE_PART = 16;

/** Connections of clients that there is room for; `Infinity` where the system does not say. Warns where that is less than the app wants. */
export async function roomForClients(app: App, disk: Disk, logger: Logger): Promise<number> {
  const files = await mostOpenFiles(disk);
  const room = clientsOf(files);
  const wanted = clientsWanted(app);
  if (wanted <= room) return room;
  const needed = wanted + spare(wanted / (SPARE_PART - 1));
  logger.warn(
    `The app wants up to ${wanted} clients, and this process may open ${files} files, which is enough for ${room}: more ` +
      `are refused. Let it open ${needed}: ulimit -n ${needed}, or LimitNOFILE=${needed} in a unit of systemd`,
  );
  return room;
}

/** The most files that this process may have open; `Infinity` where the system does not say. */
export async function mostOpenFiles(disk: Disk): Promise<number> {
  return openFiles(await disk.read(LIMITS, FILE_MOST).catch(() => undefined));
}

/** @param limits the content of {@link LIMITS} */
export function openFiles(limits: Uint8Array | undefined): number {
  const [, soft] = /^Max open files\s+(\d+|unlimited)\s/m.exec(new TextDecoder().decode(limits)) ?? [];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

export function clientsOf(files: number): number {
  if (files === Number.POSITIVE_INFINITY) return files;
  return Math.max(1, files - spare(files / SPARE_PART));
}

function spare(part: number): number {
  return Math.min(SPARE_MOST, Math.max(SPARE_LEAST, Math.ceil(part)));
}

/** What somebody has said; defaults, and those who want as many as there can be, ask for nothing. */
function clientsWanted({ listeners, gateway }: App): number {
  const given = [gateway.clients, ...listeners.map(({ limits }) => limits?.clients)];
  if (given.every(clients => clients === undefined || clients === Number.POSITIVE_INFINITY)) return 0;
  const sum = listeners.reduce((all, { limits }) => all + (limits?.clients ?? defaultLimits.clients), 0);
  const most = Math.min(sum, gateway.clients ?? Number.POSITIVE_INFINITY);
  return most === Number.POSITIVE_INFINITY ? 0 : most;
}
