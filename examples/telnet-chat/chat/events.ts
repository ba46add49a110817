/**
 * A chat with rooms. A room is a group, a name is a uid: nothing is kept here, so any number of workers can run this, and
 * one that dies takes nothing along.
 */
import { accept, type Client, type CloseReason, refuse } from 'framegate';
import type { Chat, Command, Join, Login, Nick, Say, Tell } from './types.js';

type ChatClient = Client<Chat>;

const LOBBY = 'lobby';

const HELP = [
  '/login NAME PASSWORD   log in (any password will do here)',
  '/join ROOM             go to another room',
  '/who                   who is in this room?',
  '/nick NAME             take another name',
  '/tell NAME TEXT        say something to one person',
  '/ping                  are you there?',
  '/quit                  leave',
  'anything else is said to the room',
];

/** The room that a client is in; everybody begins in the lobby. */
function roomOf(client: ChatClient): string {
  const room = client.session.get('room');
  return typeof room === 'string' ? room : LOBBY;
}

function nameOf(client: ChatClient): string {
  return client.uid ?? 'somebody';
}

function tellRoom(client: ChatClient, room: string, line: string): void {
  client.worker.sendToGroup(room, 'notice', { line }, { exclude: client.id });
}

export function onConnect(client: ChatClient): void {
  client.send('notice', { line: 'Hello! Log in with: /login NAME PASSWORD   (/help shows what else there is)' });
}

/** Whether somebody has that name. Nobody knows for the seconds in which a gateway that died is still missed. */
function isTaken(client: ChatClient, name: string): Promise<boolean | undefined> {
  return client.worker.isUidOnline(name).catch(() => undefined);
}

export async function onLogin(client: ChatClient, message: Login) {
  const taken = await isTaken(client, message.name);
  if (taken === undefined) return refuse({ reason: 'part of the chat does not answer; try again in a few seconds' });
  if (taken) return refuse({ reason: `${message.name} is here already` });
  client.session.set({ room: LOBBY });
  client.joinGroup(LOBBY);
  client.worker.sendToGroup(LOBBY, 'notice', { line: `${message.name} has come in` }, { exclude: client.id });
  return accept({ name: message.name });
}

export function onJoin(client: ChatClient, { room }: Join): void {
  const old = roomOf(client);
  if (room === old) {
    client.send('notice', { line: `you are in ${room}` });
    return;
  }
  client.leaveGroup(old);
  client.joinGroup(room);
  client.session.patch({ room });
  tellRoom(client, old, `${nameOf(client)} has gone to ${room}`);
  tellRoom(client, room, `${nameOf(client)} has come in`);
  client.send('notice', { line: `you are in ${room}` });
}

export async function onWho(client: ChatClient): Promise<void> {
  const room = roomOf(client);
  const { value, complete } = await client.worker.getUidsByGroup(room);
  const names = [...value].sort().join(' ');
  client.send('notice', { line: `${room}: ${names}${complete ? '' : ' (and perhaps more)'}`.slice(0, 400) });
}

export async function onNick(client: ChatClient, { name }: Nick): Promise<void> {
  const taken = await isTaken(client, name);
  if (taken !== false) {
    client.send('notice', { line: taken ? `${name} is taken` : 'try again in a few seconds' });
    return;
  }
  const old = nameOf(client);
  await client.bindUid(name);
  tellRoom(client, roomOf(client), `${old} is now ${name}`);
  client.send('notice', { line: `you are ${name} now` });
}

export async function onTell(client: ChatClient, { to, line }: Tell): Promise<void> {
  // Who may be behind a gateway that is missed gets it if he is there.
  if ((await isTaken(client, to)) !== false) client.worker.sendToUid(to, 'told', { from: nameOf(client), line });
  else client.send('notice', { line: `nobody here is called ${to.slice(0, 32)}` });
}

export function onSay(client: ChatClient, { line }: Say): void {
  client.worker.sendToGroup(roomOf(client), 'said', { from: nameOf(client), line });
}

export function onHelp(client: ChatClient): void {
  for (const line of HELP) client.send('notice', { line });
}

export function onCommand(client: ChatClient, { line }: Command): void {
  const [word = ''] = line.split(' ');
  client.send('notice', { line: `there is no /${word.slice(0, 32)} like that; /help shows what there is` });
}

export function onQuit(client: ChatClient): void {
  client.closeWith('notice', { line: 'bye' });
}

export function onClose(client: ChatClient, reason: CloseReason): void {
  if (client.uid !== undefined) tellRoom(client, roomOf(client), `${client.uid} has gone (${reason.code})`);
}
