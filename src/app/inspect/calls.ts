/** What operators ask a process over its control socket, and how they send clients away. */

import type { ControlCalls } from '../../control/index.js';
import {
  type ConnectionRow,
  connectionsPage,
  type Drained,
  type DrainOptions,
  type Gateway,
  kickPage,
  type Page,
} from '../../gateway/index.js';
import { FramegateError } from '../../protocol/index.js';
import { type CallArguments, givenNumber, givenText, whomOf } from './arguments.js';
import { LoopMonitor } from './loop-delay.js';
import { type Health, type Inspected, type ProcessStatus, processHealth, processStatus } from './process-status.js';

/** A frame that could not be understood. */
export interface BadFrameRow {
  /** Wall time in milliseconds. */
  readonly at: number;
  readonly client: string;
  readonly protocol: string;
  readonly code: string;
  readonly field: string;
  readonly size: number;
  /** The first bytes; `null` where the protocol has secrets that may stand in them. */
  readonly hex: string | null;
}

/** How many clients were sent away in one page, and where to go on. */
export interface Kicked {
  readonly kicked: number;
  readonly next: number | null;
}

export function inspectCalls(own: Inspected): ControlCalls {
  const monitor = own.role === 'register' ? undefined : new LoopMonitor();
  return {
    health: (): Health => processHealth(own),
    status: (): ProcessStatus => processStatus(own, monitor),
    connections: (args): Page<ConnectionRow> =>
      connectionsPage(gatewayOf(own), whomOf(args), givenNumber(args, 'after'), givenNumber(args, 'most')),
    badFrames: (): BadFrameRow[] => badFrames(gatewayOf(own)),
    kick: (args): Kicked => kick(gatewayOf(own), args),
    drain: args => drain(own, args),
  };
}

function kick(gateway: Gateway, args: CallArguments): Kicked {
  const whom = whomOf(args);
  if (Object.values(whom).every(value => value === undefined))
    throw new FramegateError('FG_VALUE', 'Nobody is named who is to be kicked; give a client id, a uid or an address');
  const how = { reason: givenText(args, 'reason') ?? '', ban: givenNumber(args, 'ban') ?? 0 };
  const { rows, next } = kickPage(gateway, whom, how, givenNumber(args, 'after'));
  return { kicked: rows.length, next };
}

/** @param args of {@link drainOptions}; `end`: the process is to end behind its answer. */
async function drain(own: Inspected, args: CallArguments): Promise<Drained> {
  const drained = await gatewayOf(own).drain(drainOptions(args));
  if (args.end === true) setImmediate(() => own.stop(undefined));
  return drained;
}

function drainOptions(args: CallArguments): DrainOptions {
  const [rate, deadline, message] = [
    givenNumber(args, 'rate'),
    givenNumber(args, 'deadline'),
    givenText(args, 'message'),
  ];
  const { values = {} } = args;
  if (typeof values !== 'object' || values === null)
    throw new FramegateError('FG_VALUE', 'The fields of the last message are an object');
  return {
    ...(rate !== undefined && { rate }),
    ...(deadline !== undefined && { deadline }),
    ...(message !== undefined && { last: { message, values: values as Record<string, unknown> } }),
  };
}

function badFrames({ badFrames }: Gateway): BadFrameRow[] {
  return badFrames.last.map(({ at, clientId, protocol, code, field, size, bytes }) => ({
    at,
    client: clientId,
    protocol,
    code,
    field,
    size,
    hex: bytes.length === 0 ? null : Buffer.from(bytes).toString('hex'),
  }));
}

function gatewayOf({ running }: Inspected): Gateway {
  const gateway = running?.gateway;
  if (gateway !== undefined) return gateway;
  throw new FramegateError(
    'FG_VALUE',
    running === undefined ? 'The process is still starting' : 'The process is no gateway',
  );
}
