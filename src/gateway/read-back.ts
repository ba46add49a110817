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
  const shapes = protocol.shapes > 1 ? Array.from({ length: protocol.shapes }, (_, i) => i + 1) : [0];
  for (const shape of shapes) {
    const own = readShape(protocol, codec, wire, context, shape);
    if (own !== undefined) return own;
  }
  return undefined;
}

function readShape(
  protocol: Protocol,
  codec: MessageCodec,
  wire: Uint8Array,
  context: ConnContext,
  shape: number,
): Own | undefined {
  const conn = new ConnContext();
  conn.stateless = true;
  conn.only = shape;
  conn.learned = context.learned;
  const parts = new PartJoiner(protocol);
  let own: Own | undefined;
  const sink: FrameSink = {
    frame(b, start, end) {
      const one = b.slice(start, end);
      const index = protocol.classify('down', one, 0, one.length, conn);
      if (index === BAD || index !== codec.index) return true;
      const whole = parts.take(one, 0, one.length, conn);
      if (whole === true) return true;
      const cut = whole === false ? one : whole;
      const value = protocol.decodeAs('down', index, cut, 0, cut.length, conn);
      if (value?.index === index) own ??= { cut, value };
      return true;
    },
    skipped() {},
  };
  const splitter = protocol.splitter('down', conn);
  splitter.push(wire, 0, wire.length, sink);
  splitter.end(sink);
  return own;
}
