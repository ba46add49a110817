/** How peers meet: who is let in, who is not, and what somebody in between can do. Over real sockets. */
import * as net from 'node:net';
import t, { type Test } from 'tap';
import {
  createKey,
  deriveKey,
  dialLink,
  type HeardHello,
  type Hello,
  Introduction,
  type KeyKind,
  KeyRing,
  type Link,
  RECORD_HEADER,
  SocketLink,
} from '../../src/link/index.js';
import { realPlatform } from '../../src/net/index.js';
import { until } from '../support/wait.js';

const platform = realPlatform();
const key = createKey(platform.random);
const other = createKey(platform.random);

interface Peer {
  readonly keys?: readonly string[];
  readonly hello?: Partial<Hello>;
}

/** What became of a side: whom it has met, or why not. */
interface Outcome {
  met: HeardHello | undefined;
  failed: string | undefined;
  link: Link | undefined;
  ring: KeyRing;
}

const worker: Hello = { role: 'worker', id: 'w1', epoch: 'e1', creditEvents: 5, creditBytes: 6, protocols: [] };
const gateway: Hello = { ...worker, role: 'gateway', id: 'g1' };

function introduce(link: Link, side: 'dialled' | 'accepted', own: Hello, peer: Peer): Outcome {
  const ring = new KeyRing(peer.keys ?? []);
  const outcome: Outcome = { met: undefined, failed: undefined, link, ring };
  new Introduction(link, {
    platform,
    side,
    keys: ring,
    wanted: own.role === 'gateway' ? ['worker', 'pusher', 'reader'] : ['gateway'],
    own: () => ({ ...own, ...peer.hello }),
    met(hello) {
      outcome.met = hello as HeardHello;
      link.attach({
        record() {},
        flushing() {},
        closed: why => {
          outcome.failed = why;
        },
      });
    },
    failed: why => {
      outcome.failed = why;
    },
  });
  return outcome;
}

/** Changes the bytes on their way. */
type Between = (bytes: Buffer, to: 'accepted' | 'dialled') => Buffer;

async function proxy(t: Test, port: number, between: Between): Promise<number> {
  const server = net.createServer(socket => {
    const on = net.connect(port, '127.0.0.1');
    for (const s of [socket, on]) s.on('error', () => {}).setNoDelay(true);
    socket.on('data', b => on.write(between(b, 'accepted'))).on('close', () => on.destroy());
    on.on('data', b => socket.write(between(b, 'dialled'))).on('close', () => socket.destroy());
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

async function meet(t: Test, dialling: Peer, accepting: Peer, between?: Between, dialler = worker, acceptor = gateway) {
  let accepted: Outcome | undefined;
  const listener = await platform.net.listen({ host: '127.0.0.1', port: 0 }, connection => {
    const link = new SocketLink(platform.turn, connection);
    accepted = introduce(link, 'accepted', acceptor, accepting);
    return link;
  });
  const port = between === undefined ? listener.address.port : await proxy(t, listener.address.port, between);
  const link = dialLink(platform.net, platform.turn, { host: '127.0.0.1', port });
  const dialled = introduce(link, 'dialled', dialler, dialling);
  const settled = (o: Outcome | undefined) => o !== undefined && (o.met !== undefined || o.failed !== undefined);
  await until(() => settled(dialled) && settled(accepted), 'both sides to know');
  t.teardown(async () => {
    link.destroy('over');
    await listener.close();
  });
  return { dialled, accepted: accepted! };
}

t.test('those who have the same key meet, and know each other', async t => {
  const { dialled, accepted } = await meet(t, { keys: [key] }, { keys: [key] });
  t.match(dialled.met, { role: 'gateway', id: 'g1', version: 1 });
  t.match(accepted.met, { role: 'worker', id: 'w1', epoch: 'e1', creditEvents: 5 });
});

t.test('without keys everybody is believed', async t => {
  const { dialled, accepted } = await meet(t, {}, {});
  t.equal(dialled.met?.id, 'g1');
  t.equal(accepted.met?.id, 'w1');
});

t.test('either side may dial', async t => {
  const { dialled, accepted } = await meet(t, { keys: [key] }, { keys: [key] }, undefined, gateway, worker);
  t.equal(dialled.met?.role, 'worker');
  t.equal(accepted.met?.role, 'gateway');
});

t.test('of two keys the one is taken that both have', async t => {
  const third = createKey(platform.random);
  for (const [a, b] of [
    [[key, other], [other]],
    [[other], [key, other]],
    [
      [key, other],
      [other, third],
    ],
  ]) {
    const { dialled, accepted } = await meet(t, { keys: a! }, { keys: b! });
    t.ok(dialled.met && accepted.met);
  }
});

t.test('who does not have the key is not let in, and both sides say why', async t => {
  const cases: readonly (readonly [Peer, Peer, string, string])[] = [
    [
      { keys: [other] },
      { keys: [key] },
      'refused: it has none of the keys that this side has',
      'the peer has none of the keys that this side has',
    ],
    [
      {},
      { keys: [key] },
      'refused: it wants a key; give this side one, with FRAMEGATE_KEY or --key-file',
      'the peer shows no key; give it one, with FRAMEGATE_KEY or --key-file',
    ],
    [
      { keys: [key] },
      {},
      'refused: it has no key, and this side wants proof of one; give it the key too',
      'the peer wants proof of a key, and this side has none; give it the key',
    ],
  ];
  for (const [a, b, dialler, acceptor] of cases) {
    const { dialled, accepted } = await meet(t, a, b);
    t.equal(dialled.failed, dialler);
    t.equal(accepted.failed, acceptor);
    t.notOk(dialled.met ?? accepted.met);
  }
});

t.test('a role that does not belong there is refused', async t => {
  const { dialled, accepted } = await meet(t, { hello: { role: 'register' } }, {});
  t.equal(dialled.failed, 'refused: it does not take peers of this role');
  t.equal(accepted.failed, 'the peer is no worker or pusher or reader');
});

t.test('lesser keys open for lesser roles only', async t => {
  const keys: Readonly<Record<KeyKind, string>> = {
    cluster: key,
    pusher: deriveKey(key, 'pusher'),
    reader: deriveKey(key, 'reader'),
  };
  const opens: readonly (readonly [KeyKind, readonly ('worker' | 'pusher' | 'reader')[]])[] = [
    ['cluster', ['worker', 'pusher', 'reader']],
    ['pusher', ['pusher', 'reader']],
    ['reader', ['reader']],
  ];
  for (const [kind, roles] of opens) {
    for (const role of ['worker', 'pusher', 'reader'] as const) {
      const { accepted } = await meet(t, { keys: [keys[kind]], hello: { role } }, { keys: [key] });
      t.equal(accepted.met?.role, roles.includes(role) ? role : undefined, `${kind} key as ${role}`);
    }
  }
});

t.test('versions one apart understand each other, others say so', async t => {
  for (const [a, b] of [
    [1, 2],
    [2, 1],
    [3, 2],
  ]) {
    const { dialled, accepted } = await meet(t, { hello: { version: a! } }, { hello: { version: b! } });
    t.equal(dialled.met?.version, b);
    t.equal(accepted.met?.version, a);
  }
  const { dialled, accepted } = await meet(t, { hello: { version: 3 } }, { hello: { version: 1 } });
  t.equal(dialled.failed, 'refused: it speaks another version of the link, 1');
  t.equal(accepted.failed, 'the peer speaks link version 3, this side 1');
});

t.test('somebody in between', async t => {
  const peers = [{ keys: [key] }, { keys: [key] }] as const;

  await t.test('sees neither key nor secret', async t => {
    const seen: Buffer[] = [];
    const { accepted } = await meet(t, ...peers, b => {
      seen.push(Buffer.from(b));
      return b;
    });
    t.ok(accepted.met);
    const all = Buffer.concat(seen);
    const text = key.replace('fgk-cluster-', '');
    for (const secret of [text, Buffer.from(text, 'base64url')]) t.equal(all.indexOf(secret), -1);
  });

  await t.test('cannot change a bit of what either says', async t => {
    const said = { accepted: Buffer.alloc(0), dialled: Buffer.alloc(0) };
    await meet(t, ...peers, (b, to) => {
      said[to] = Buffer.concat([said[to], b]);
      return b;
    });
    // A hello and a proof; on a machine that is busy a beat may follow.
    const hello = (b: Buffer): number => RECORD_HEADER + b.readUInt32BE(0);
    const size = (b: Buffer): number => hello(b) + RECORD_HEADER + b.readUInt32BE(hello(b));
    const sizes = { accepted: size(said.accepted), dialled: size(said.dialled) };
    for (const to of ['accepted', 'dialled'] as const) {
      t.ok(sizes[to] > 60);
      // Behind the first record's size, in every byte but those of later records' sizes, which only make the link wait.
      for (let at = 5; at < sizes[to]; at += 3) {
        let passed = 0;
        const { dialled, accepted } = await meet(t, ...peers, (b, where) => {
          if (where !== to) return b;
          const place = at - passed;
          passed += b.length;
          if (place < 0 || place >= b.length) return b;
          const changed = Buffer.from(b);
          changed[place]! ^= 1 << (at % 8);
          return changed;
        });
        // The dialler may have met before its own proof arrives, but then the acceptor lets nothing in.
        const both = dialled.met !== undefined && accepted.met !== undefined;
        if (both) t.fail(`byte ${at} to ${to} does not matter`);
      }
    }
  });

  await t.test('cannot say again what was once said', async t => {
    const said: Buffer[] = [];
    await meet(t, ...peers, (b, to) => {
      if (to === 'accepted') said.push(Buffer.from(b));
      return b;
    });
    let accepted: Outcome | undefined;
    const listener = await platform.net.listen({ host: '127.0.0.1', port: 0 }, connection => {
      const link = new SocketLink(platform.turn, connection);
      accepted = introduce(link, 'accepted', gateway, peers[1]);
      return link;
    });
    t.teardown(() => listener.close());
    const socket = net.connect(listener.address.port, '127.0.0.1').on('error', () => {});
    socket.write(Buffer.concat(said));
    await until(() => accepted?.failed !== undefined, 'the refusal');
    t.equal(accepted!.failed, 'the peer cannot prove that it has the key');
    t.notOk(accepted!.met);
  });

  await t.test('cannot send back to a side what it has said', async t => {
    const listener = net.createServer(socket => {
      socket.on('error', () => {});
      socket.on('data', b => socket.write(b));
    });
    await new Promise<void>(resolve => {
      listener.listen(0, '127.0.0.1', resolve);
    });
    t.teardown(() => listener.close());
    const { port } = listener.address() as net.AddressInfo;
    const link = dialLink(platform.net, platform.turn, { host: '127.0.0.1', port });
    const outcome = introduce(link, 'dialled', worker, { keys: [key] });
    await until(() => outcome.failed !== undefined, 'the end');
    t.equal(outcome.failed, 'the peer is no gateway');
  });
});

t.test('a key that goes closes the links that stand on it, and no others', async t => {
  const both = { keys: [other, key] };
  const first = await meet(t, { keys: [key] }, both);
  const second = await meet(t, { keys: [other] }, both);
  first.accepted.ring.replace([other]);
  second.accepted.ring.replace([other]);
  await until(() => first.dialled.failed !== undefined, 'the close');
  t.equal(second.dialled.failed, undefined);
  t.ok(second.accepted.link?.open);
});

t.test('keys', async t => {
  t.match(key, /^fgk-cluster-[A-Za-z0-9_-]{43}$/);
  t.not(key, other);
  t.equal(deriveKey(deriveKey(key, 'pusher'), 'reader'), deriveKey(key, 'reader'), 'by one way or another');
  t.throws(() => deriveKey(deriveKey(key, 'reader'), 'pusher'), { code: 'FG_KEY' });
  const wrong = ['', 'secret', 'fgk-cluster-short', `${key}x`, key.replace('cluster', 'king'), key.toUpperCase()];
  for (const text of wrong) {
    t.throws(() => new KeyRing([text]), {
      code: 'FG_KEY',
      message: 'A key cannot be understood (it is not shown here); make one with `gw key`',
    });
  }
  t.throws(() => new KeyRing([key, other, key]), { code: 'FG_KEY', message: /3 keys are given, and at most 2/ });
  const ring = new KeyRing([key]);
  t.throws(() => ring.replace(['nonsense']), { code: 'FG_KEY' });
  t.equal(ring.of('cluster').length, 1, 'the old ones stay');
  t.throws(() => new KeyRing([deriveKey(key, 'reader')]).need('pusher', 'A pusher'), {
    message: 'A pusher needs a pusher key; the one that was given is for lesser roles',
  });
  const { inspect } = await import('node:util');
  const shown =
    inspect(ring, { depth: 9, showHidden: true }) + JSON.stringify(ring) + JSON.stringify(ring.of('cluster'));
  t.notMatch(shown, key.slice(12));
});
