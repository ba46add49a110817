/**
 * Says something to everybody in the chat, from outside of it: what a nightly job or a web server would do.
 *
 *   node announce.js 'we restart at noon' [tcp://127.0.0.1:1236]
 */
import { connect } from 'framegate/client';
import { chat } from './chat/codec.js';

const [text = 'hello from outside', register = 'tcp://127.0.0.1:1236'] = process.argv.slice(2);

const connection = await connect({ register }).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
const cluster = connection.use(chat);

const { value, complete } = await cluster.getAllClientCount();
cluster.sendToAll('notice', { line: text });
const { missing } = await connection.close();

console.log(`said to ${complete ? '' : 'at least '}${value} clients`);
if (missing.length > 0) console.log(`not reached: ${missing.join(', ')}`);
