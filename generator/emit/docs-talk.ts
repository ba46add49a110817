/** Who says what when: login, heartbeat, requests and answers, replies, as drawings of arrows between client and server. */
import type { Answer, Message, ProtocolModel } from '../model/model.js';
import { exprText, timeText } from './docs-words.js';

export interface Step {
  /** `up`: an arrow from the client to the server. */
  readonly isUp: boolean;
  readonly message: string;
  readonly note: string;
}

export interface Talk {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
  /** The same as text. */
  readonly drawing: string;
}

/** What a client may do in a state of its connection. */
export interface State {
  readonly name: string;
  readonly accepted: string;
  readonly leaves: string;
}

export function talksOf(model: ProtocolModel): Talk[] {
  return model.messages.flatMap(m => [
    ...(m.auth === undefined ? [] : [login(m)]),
    ...(m.heartbeat === undefined ? [] : [heartbeat(m)]),
    ...(m.reply === undefined ? [] : replies(m, model)),
    ...(m.expects === undefined ? [] : [request(m, model)]),
  ]);
}

export function statesOf(model: ProtocolModel): State[] {
  const logins = model.messages.filter(m => m.auth !== undefined);
  const closing = model.messages.filter(m => m.closes).map(m => m.name);
  const ends = [`${timeText(model.limits.idle)} of silence`, ...closing.map(name => `${name} has been sent`)].join(
    '; ',
  );
  if (logins.length === 0)
    return [{ name: 'open', accepted: 'every message, from the start: there is no login', leaves: ends }];
  const early = model.messages.filter(m => m.dir !== 'down' && (m.anyAccess || m.auth !== undefined)).map(m => m.name);
  const { within, tries } = logins[0]!.auth!;
  return [
    {
      name: 'new',
      accepted: early.join(', '),
      leaves: `login accepted: open; no login within ${timeText(within)}, or ${tries} refused: closed`,
    },
    { name: 'open', accepted: 'every message', leaves: ends },
  ];
}

function talk(title: string, steps: readonly Step[], notes: readonly string[]): Talk {
  return { title, steps, notes: notes.filter(n => n !== ''), drawing: draw(steps) };
}

const up = (message: string, note = ''): Step => ({ isUp: true, message, note });
const down = (message: string, note = ''): Step => ({ isUp: false, message, note });

function answer({ message, with: fields }: Answer): [string, string] {
  return [message, fields.map(({ field, expr }) => `${field} = ${exprText(expr)}`).join(', ')];
}

function login(m: Message): Talk {
  const { identity, ok, fail, early, within, tries } = m.auth!;
  const steps = [up(m.name, `who: ${identity}`)];
  if (ok !== undefined) steps.push(down(ok.message, joined('accepted', answer(ok)[1])));
  if (fail !== undefined) steps.push(down(fail.message, joined('or refused', answer(fail)[1])));
  return talk(`Login: ${m.name}`, steps, [
    `A client must have logged in ${timeText(within)} after it has connected; ${tries} refused logins end the connection.`,
    early === undefined ? '' : `What a client sends before that is answered with ${early.message}.`,
  ]);
}

const joined = (a: string, b: string): string => (b === '' ? a : `${a}; ${b}`);

function heartbeat(m: Message): Talk {
  const { reply, every, miss } = m.heartbeat!;
  const steps = [up(m.name, `every ${timeText(every)}`)];
  if (reply !== undefined) steps.push(down(...answer(reply)));
  return talk(`Heartbeat: ${m.name}`, steps, [`${timeText(every * miss)} of silence ends the connection.`]);
}

const MODES = {
  auto: 'The answer is sent at once.',
  'after-handler': 'The answer is sent when the data is safe: not before it has been handled.',
  manual: 'The application sends the answer.',
} as const;

/** Messages that are answered alike are drawn once, where the first of them stands. */
function replies(m: Message, model: ProtocolModel): Talk[] {
  const text = (x: Message): string => [...answer(x.reply!), x.reply!.mode].join('\n');
  const alike = model.messages.filter(x => x.reply !== undefined && text(x) === text(m)).map(x => x.name);
  if (alike[0] !== m.name) return [];
  const { message, mode } = m.reply!;
  const reply = down(...answer(m.reply!));
  if (alike.length === 1) return [talk(`Reply: ${m.name}`, [up(m.name), reply], [MODES[mode]])];
  const asked = `each of ${alike.length} messages`;
  return [talk(`Reply: ${message}`, [up(asked), reply], [`To ${alike.join(', ')}.`, MODES[mode]])];
}

function request(m: Message, model: ProtocolModel): Talk {
  const { messages, match, within, retries } = m.expects!;
  const asks = m.dir === 'up' ? up : down;
  const answers = m.dir === 'up' ? down : up;
  const pairs = match.map(x => `${x.answer} = ${x.request} of the request`).join(', ');
  const said = messages.map((name, i) => {
    const isError = model.messages.find(x => x.name === name)?.error === true;
    return answers(
      name,
      joined(`${i === 0 ? '' : 'or '}${isError ? 'an error' : ''}`.trim(), pairs).replace(/^; /, ''),
    );
  });
  const again = retries === 0 ? '' : `; then the request is sent again, ${retries === 1 ? 'once' : `${retries} times`}`;
  return talk(
    `Request: ${m.name}`,
    [asks(m.name), ...said],
    [`The answer must come within ${timeText(within)}${again}.`],
  );
}

/** Two lines that stand for the sides, and arrows between them. */
function draw(steps: readonly Step[]): string {
  const widest = Math.max(...steps.map(s => s.message.length)) + 8;
  const lines = steps.map(({ isUp, message, note }) => {
    const shaft = '-'.repeat(widest - message.length - 4);
    const arrow = isUp ? ` ${message} ${shaft}> ` : ` <${shaft} ${message} `;
    return `   |${arrow}|  ${note}`.trimEnd();
  });
  return [`client${' '.repeat(widest - 2)}server`, ...lines].join('\n');
}
