/** Reading what was just written, as the client will: so a request's serial number and whatever else names it is known. */
import {
  BAD,
  ConnContext,
  type Decoded,
  type FrameSink,
  type MessageCodec,
  PartJoiner,
  type Protocol,
} from '../codec/index.js';

/** A frame without what delimits it, and its value; of what has been cut into parts the whole, in the frame of the last. */
export interface Own {
  readonly cut: Uint8Array;
  readonly value: Decoded;
}

/** The one message in `wire`, which must be this one; `undefined` when it cannot be read. */
export function readBack(
  protocol: Protocol,
  codec: MessageCodec,
  wire: Uint8Array,
  context: ConnContext,
): Own | undefined {
  for (const shape of shapesOf(protocol)) {
    const own = readShape(protocol, codec, wire, context, shape);
    if (own !== undefined) return own;
  }
  return undefined;
}

/** The first message in `wire`, whichever it is; of one that is a part of a whole only the name is known. */
export function readDown(protocol: Protocol, wire: Uint8Array, context: ConnContext): Partial<Decoded> | undefined {
  for (const shape of shapesOf(protocol)) {
    const conn = contextOf(shape, context);
    let found: Partial<Decoded> | undefined;
    readAll(protocol, wire, conn, one => {
      const index = protocol.classify('down', one, 0, one.length, conn);
      if (index < 0 || found !== undefined) return;
      const name = protocol.down[index]!.name;
      found = protocol.decodeAs('down', index, one, 0, one.length, conn) ?? { name };
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

function shapesOf({ shapes }: Protocol): readonly number[] {
  return shapes > 1 ? Array.from({ length: shapes }, (_, i) => i + 1) : [0];
}

function contextOf(shape: number, { learned }: ConnContext): ConnContext {
  const conn = new ConnContext();
  conn.stateless = true;
  conn.only = shape;
  conn.learned = learned;
  return conn;
}

function readAll(protocol: Protocol, wire: Uint8Array, conn: ConnContext, take: (one: Uint8Array) => void): void {
  const sink: FrameSink = {
    frame(b, start, end) {
      take(b.slice(start, end));
      return true;
    },
    skipped() {},
  };
  const splitter = protocol.splitter('down', conn);
  splitter.push(wire, 0, wire.length, sink);
  splitter.end(sink);
}

function readShape(
  protocol: Protocol,
  codec: MessageCodec,
  wire: Uint8Array,
  context: ConnContext,
  shape: number,
): Own | undefined {
  const conn = contextOf(shape, context);
  const parts = new PartJoiner(protocol);
  let own: Own | undefined;
  readAll(protocol, wire, conn, one => {
    const index = protocol.classify('down', one, 0, one.length, conn);
    if (index === BAD || index !== codec.index) return;
    const whole = parts.take(one, 0, one.length, conn);
    if (whole === true) return;
    const cut = whole === false ? one : whole;
    const value = protocol.decodeAs('down', index, cut, 0, cut.length, conn);
    if (value?.index === index) own ??= { cut, value };
  });
  return own;
}
