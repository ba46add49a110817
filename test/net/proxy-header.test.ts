/** PROXY headers, both versions, as the specification writes them; and the networks of those who may send them. */
import fc from 'fast-check';
import t from 'tap';
import { Networks, readProxyHeader } from '../../src/net/index.js';
import { hexBytes as hex } from '../support/bytes.js';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const line = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

const good: readonly [title: string, bytes: Uint8Array, peer: string | undefined][] = [
  ['version 1, IPv4', line('PROXY TCP4 203.0.113.7 10.0.0.1 51234 8282\r\n'), '203.0.113.7:51234'],
  ['version 1, IPv6', line('PROXY TCP6 2001:DB8::1 2001:db8::2 1 65535\r\n'), '[2001:db8::1]:1'],
  ['version 1, not known', line('PROXY UNKNOWN\r\n'), undefined],
  ['version 1, not known, with addresses', line('PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n'), undefined],
  ['version 2, IPv4', hex(`${SIGNATURE} 21 11 000c cb007107 0a000001 c822 205a`), '203.0.113.7:51234'],
  [
    'version 2, IPv6',
    hex(`${SIGNATURE} 21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000002 0001 ffff`),
    '[2001:db8::1]:1',
  ],
  [
    'version 2, IPv4 in IPv6',
    hex(`${SIGNATURE} 21 21 0024 00000000000000000000ffffcb007107 00000000000000000000ffff0a000001 c822 205a`),
    '203.0.113.7:51234',
  ],
  ['version 2, a socket in the file system', hex(`${SIGNATURE} 21 31 00d8 ${'00'.repeat(216)}`), undefined],
  ['version 2, the proxy itself', hex(`${SIGNATURE} 20 00 0000`), undefined],
  [
    'version 2, the proxy itself, with an address',
    hex(`${SIGNATURE} 20 11 000c cb007107 0a000001 c822 205a`),
    undefined,
  ],
  ['version 2, the proxy itself, without the address it announces', hex(`${SIGNATURE} 20 11 0000`), undefined],
  ['version 2, not known', hex(`${SIGNATURE} 21 00 0003 010203`), undefined],
  [
    'version 2, with extensions',
    hex(`${SIGNATURE} 21 11 0014 cb007107 0a000001 c822 205a 01 0002 6832 04 0000`),
    '203.0.113.7:51234',
  ],
  [
    'version 2, with its checksum',
    hex(`${SIGNATURE} 21 11 0013 cb007107 0a000001 c822 205a 03 0004 28372859`),
    '203.0.113.7:51234',
  ],
];

t.test('headers are read, and what is behind them is left', async t => {
  for (const [title, bytes, peer] of good) {
    t.same(readProxyHeader(bytes), { length: bytes.length, peer }, title);
    t.same(
      readProxyHeader(Uint8Array.of(...bytes, 0x0d, 0x0a, 0x50)),
      { length: bytes.length, peer },
      `${title}, more behind`,
    );
    for (let n = 0; n < bytes.length; n++)
      t.equal(readProxyHeader(bytes.subarray(0, n)), 'more', `${title}, ${n} bytes`);
  }
});

t.test('what is none says why', async t => {
  const bad: readonly [bytes: Uint8Array, problem: RegExp][] = [
    [line('GET / HTTP/1.1\r\n'), /does not begin/],
    [line('PROXX'), /does not begin/],
    [line('PROXY TCP4 203.0.113.7 10.0.0.1 51234\n8282 '.padEnd(107)), /does not end/],
    [line('PROXY TCP4 2001:db8::1 10.0.0.1 51234 8282\r\n'), /cannot be understood/],
    [line('PROXY TCP6 203.0.113.7 10.0.0.1 51234 8282\r\n'), /cannot be understood/],
    [line('PROXY TCP4 203.0.113.7 10.0.0.1 65536 8282\r\n'), /cannot be understood/],
    [line('PROXY TCP4 203.0.113.7 10.0.0.1 -1 8282\r\n'), /cannot be understood/],
    [line('PROXY TCP4 203.0.113.7\r\n'), /cannot be understood/],
    [line('PROXY \r\n'), /cannot be understood/],
    [hex(`${SIGNATURE} 11 11 0000`), /version or command/],
    [hex(`${SIGNATURE} 22 11 0000`), /version or command/],
    [hex(`${SIGNATURE} 21 11 1001`), /announces 4097 bytes/],
    [hex(`${SIGNATURE} 21 11 0008 cb007107 0a000001`), /too short/],
    [hex(`${SIGNATURE} 21 00 0007 03 0004 00000000`), /checksum/],
    [hex(`${SIGNATURE} 21 11 0013 cb007107 0a000001 c822 205a 03 0004 28372858`), /checksum/],
  ];
  for (const [bytes, problem] of bad) {
    const read = readProxyHeader(bytes);
    t.match(typeof read === 'object' && 'problem' in read ? read.problem : read, problem);
  }
});

t.test('whatever comes, it is a header, is not, or is not whole within 4,112 bytes', async t => {
  const begun = fc.tuple(fc.constantFrom(...good.map(([, b]) => b)), fc.uint8Array({ maxLength: 60 }), fc.nat(30));
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    begun.map(([bytes, other, at]) => Uint8Array.of(...bytes.subarray(0, at), ...other, ...bytes.subarray(at))),
  );
  fc.assert(
    fc.property(any, bytes => {
      const read = readProxyHeader(bytes);
      if (read === 'more') {
        const padded = new Uint8Array(4112);
        padded.set(bytes);
        return readProxyHeader(padded) !== 'more';
      }
      return 'problem' in read || (read.length > 0 && read.length <= bytes.length);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test('networks', async t => {
  const networks = new Networks(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::ffff:198.51.100.0/120'], 'a test');
  for (const host of ['10.1.2.3', '192.0.2.7', '2001:db8:ffff::1', '198.51.100.9', '::ffff:10.1.2.3'])
    t.ok(networks.has(host), host);
  for (const host of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '198.51.101.1', '', 'localhost'])
    t.notOk(networks.has(host), host);
  for (const text of ['10.0.0.0/33', '10.0.0/8', 'example.org', '', '2001:db8::/129', '10.0.0.0/', '10.0.0.0/8/8'])
    t.throws(
      () => new Networks([text], '"proxy" of the listener on tcp://0.0.0.0:1'),
      { code: 'FG_CONFIG', message: `"${text}" in "proxy" of the listener on tcp://0.0.0.0:1 is no network` },
      text,
    );
});
