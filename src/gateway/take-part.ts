/** Putting together what a client says in parts. Each part is acknowledged; only the whole is handled. */
import type { Decoded, MessageCodec, Part, PartLimits } from '../codec/index.js';
import { eventFlags, joinParts, MAX_FRAME } from '../link/index.js';
import type { GatewayClient } from './client.js';
import { Fragments } from './fragments.js';

/** A message whose last part has come. */
export interface Whole {
  readonly bytes: Uint8Array;
  /** Of its event, besides others. */
  readonly flags: number;
}

/** Whether the checked frame is one part of several. */
export function isPart(client: GatewayClient, index: number, b: Uint8Array, start: number, end: number): boolean {
  const { protocol } = client.listener.table;
  const part = protocol.fragments?.part(b, start, end, client.context);
  if (part !== undefined && part.total !== 1) return true;
  const { fragments } = protocol.up[index] ?? {};
  if (fragments === undefined) return false;
  const sent = protocol.decodeAs('up', index, b, start, end, client.context);
  return sent?.index === index && (fragments.part(sent.value)?.total ?? 1) !== 1;
}

/**
 * Takes a checked frame if it is one part of several.
 * @returns `undefined`: it is not; `false`: it makes no sense; `true`: others are missing
 */
export function takePart(
  client: GatewayClient,
  index: number,
  b: Uint8Array,
  start: number,
  end: number,
): Whole | boolean | undefined {
  const { protocol } = client.listener.table;
  const codec = protocol.up[index];
  const framed = protocol.fragments?.part(b, start, end, client.context);
  if (framed !== undefined && framed.total !== 1) {
    const { from, to } = framed;
    const sent = (): Decoded => protocol.readUnknown('up', b, start, end, client.context);
    const parts = keep(
      client,
      codec,
      `frame ${framed.key}`,
      framed,
      b.slice(from, to),
      protocol.fragments!.limits,
      sent,
    );
    if (typeof parts === 'boolean') return parts;
    // What the worker answers goes to the part that has come last: all others have been answered.
    return { bytes: Buffer.concat([b.subarray(start, from), ...parts, b.subarray(to, end)]), flags: eventFlags.joined };
  }
  if (codec?.fragments === undefined) return undefined;
  const sent = protocol.decodeAs('up', index, b, start, end, client.context);
  // Let the worker say what is wrong with it.
  if (sent === undefined || sent.index !== index) return undefined;
  const { limits } = codec.fragments;
  const part = codec.fragments.part(sent.value);
  if (part === undefined || part.total === 1) return undefined;
  const parts = keep(client, codec, `${index} ${part.key}`, part, b.slice(start, end), limits, () => sent);
  if (typeof parts === 'boolean') return parts;
  return { bytes: joinParts(parts, part.index - 1), flags: eventFlags.parts };
}

function keep(
  client: GatewayClient,
  codec: MessageCodec | undefined,
  key: string,
  { index, total }: Part,
  bytes: Uint8Array,
  limits: PartLimits,
  sent: () => Decoded,
): readonly Uint8Array[] | boolean {
  const makesSense = Number.isInteger(index) && Number.isInteger(total) && index >= 1 && index <= total;
  if (!makesSense) return false;
  client.fragments ??= new Fragments(client);
  const part = { key: `${client.context.identity ?? ''} ${key}`, index, total };
  const kept = client.fragments.add(part, bytes, { ...limits, bytes: Math.min(limits.bytes, MAX_FRAME) });
  if (kept === true && codec !== undefined) client.gateway.downstream.acknowledge(client, codec, sent());
  return kept === false ? true : kept;
}
