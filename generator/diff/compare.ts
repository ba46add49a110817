/** Two versions of a schema, compared by their models: comments, spelling and order of declarations do not matter. */
import { isText, type ProtocolModel } from '../model/model.js';
import { compareFragments } from './compare-fragments.js';
import { compareFrames } from './compare-frames.js';
import { compareMessages } from './compare-messages.js';
import { type Finding, Findings } from './findings.js';
import { showAnswer, showTime } from './show.js';

export function compareModels(old: ProtocolModel, now: ProtocolModel): readonly Finding[] {
  const found = new Findings();
  found.changed('PROTOCOL_RENAMED', { part: 'protocol' }, old.id, now.id);
  found.changed('CHARSET_CHANGED', { part: 'defaults' }, ...charsets(old, now));
  for (const name of ['frame', 'list', 'string'] as const)
    found.bound({ part: 'limits', field: name }, old.limits[name], now.limits[name]);
  found.bound({ part: 'limits', field: 'idle' }, old.limits.idle, now.limits.idle, showTime);
  compareFrames(found, old, now);
  compareMessages(found, old.messages, now.messages);
  for (const what of ['id', 'body'] as const)
    if (old.unknown[what] !== now.unknown[what])
      found.add(now.unknown[what] ? 'UNKNOWN_KEPT' : 'UNKNOWN_REFUSED', { part: 'unknown', field: what });
  found.changed(
    'ANSWER_CHANGED',
    { part: 'unknown', field: 'reply' },
    showAnswer(old.unknown.reply),
    showAnswer(now.unknown.reply),
  );
  compareFragments(found, { part: 'fragments' }, old.fragments, now.fragments);
  const who = (m: ProtocolModel): string => (m.peerIdentity ? 'the remote address' : 'nobody');
  found.changed('IDENTITY_CHANGED', { part: 'session' }, who(old), who(now));
  if (old.login !== now.login) found.add(now.login ? 'LOGIN_REQUIRED' : 'LOGIN_DROPPED', { part: 'session' });
  if (found.breaks && !isMajor(old.version, now.version))
    found.add('VERSION_KEPT', { part: 'protocol' }, old.version, now.version);
  return found.all;
}

/** That of lines; each text of a binary message has its own. */
function charsets(old: ProtocolModel, now: ProtocolModel): [string, string] {
  const inLines = (m: ProtocolModel): boolean => m.frames.some(isText);
  return inLines(old) && inLines(now) ? [old.charset, now.charset] : ['', ''];
}

/** Whether the step tells of a break: the first number that is not 0 is higher. */
function isMajor(old: string, now: string): boolean {
  const [a, b] = [old, now].map(v => v.split('.').map(Number)) as [number[], number[]];
  const top = a.findIndex(n => n > 0);
  const at = top < 0 ? 2 : top;
  for (let i = 0; i <= at; i++) if (b[i] !== a[i]) return b[i]! > a[i]!;
  return false;
}
