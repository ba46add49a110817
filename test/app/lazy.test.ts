/** Fields that are decoded when a handler reads them, on their way through a gateway and a worker over real sockets. */
import { once } from 'node:events';
import * as net from 'node:net';
import t from 'tap';
import type { ProtocolTypes } from '../../src/codec/index.js';
import { defineApp, type Events, startAll } from '../../src/index.js';
import { loadCode, modelOf } from '../support/load.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { until } from '../support/wait.js';

const SCHEMA = `wire: 1
protocol: { id: late, version: 1.0.0 }
session: { auth: none }
frame:
  split: { by: length }
  layout: { size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body }
enums: { Kind: { red: 1, blue: 2 } }
types: { Dot: { kind: { type: u8, enum: Kind }, x: u8 } }
messages:
  dots: { dir: up, id: 1, fields: { n: u8, dots: { type: Dot(u8), lazy: true }, note: { type: str(*), lazy: true } }, reply: { send: stored, with: { n: n } } }
  stored: { dir: down, id: 0x81, fields: { n: u8 } }
`;

interface Late extends ProtocolTypes {
  up: { dots: { n: number; dots: { kind: string; x: number }[]; note: string } };
  down: { stored: { n: number } };
  replies: { dots: object };
}

t.test('a field that is read later is read in its handler, and there it is told what is wrong with it', async t => {
  const protocol = await loadCode(modelOf(SCHEMA));
  const logger = new MemoryLogger();
  const seen: unknown[] = [];
  const errors: unknown[] = [];
  const kept: { note: string }[] = [];
  const events: Events<Late> = {
    onDots(_, message) {
      const { n } = message;
      kept.push(message);
      // The first byte says whether anybody looks.
      if (n < 100) seen.push({ n, dots: message.dots, note: message.note });
      else seen.push({ n });
    },
    onError(error, { message }) {
      errors.push({ error, message });
    },
  };
  const app = defineApp({
    listeners: [
      { listen: 'tcp://127.0.0.1:0', protocol: protocol as never, events: () => Promise.resolve(events) as never },
    ],
  });
  const running = await startAll(app, { logger });
  t.teardown(() => running.stop());
  const { port } = new URL(running.listening[0]!.address);
  const socket = net.connect(Number(port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  let answered = '';
  socket.on('data', b => {
    answered += b.toString('hex');
  });
  const send = (hex: string): boolean => socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

  send('000a 01 01 02 0107 0208 6869 63');
  await until(() => answered === '00028101', 'the answer to what is good');
  t.same(seen, [
    {
      n: 1,
      dots: [
        { kind: 'red', x: 7 },
        { kind: 'blue', x: 8 },
      ],
      note: 'hic',
    },
  ]);

  // A kind without a name, and text that is none: whoever does not look is not told.
  send('0007 01 64 01 0907 c328');
  await until(() => answered === '0002810100028164', 'the answer to what nobody has read');
  t.same(seen.at(-1), { n: 100 });
  t.same(errors, []);
  t.throws(
    () => kept[1]!.note,
    { name: 'DecodeError', code: 'TEXT', field: 'note' },
    'it may be read after the handler',
  );

  // Whoever looks gets the error where he looks: the message counts as failed, and is not answered.
  send('0007 01 02 01 0907 c328');
  await until(() => errors.length === 1, 'the error of the handler');
  t.match(errors, [{ message: 'dots', error: { name: 'DecodeError', code: 'ENUM', field: 'dots[0].kind' } }]);
  t.ok(logger.has('The handler of "dots" failed for client'));

  // How much there is was verified at once: no handler gets this one.
  send('0005 01 03 09 0107');
  // The connection stands, and what follows is read.
  send('0006 01 04 01 0105 61');
  await until(() => answered.endsWith('00028104'), 'the answer to what follows');
  t.equal(answered, '000281010002816400028104');
  t.equal(seen.length, 3);
});
