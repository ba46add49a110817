/**
 * Hands events to handlers: for each client strictly in order and one at a time, asynchronous handlers included. A handler
 * that throws costs its message and nothing else.
 */
import { ConnContext, type Decoded, type MessageCodec, problem, problemText, UNKNOWN } from '../codec/index.js';
import { eventFlags, eventKinds, Reader } from '../link/index.js';
import type { Platform } from '../net/index.js';
import { type CloseReason, closeReasons, FramegateError, type Logger, loggable, place } from '../protocol/index.js';
import type { Accepted, Refused } from './auth.js';
import type { WorkerClient } from './client.js';
import { ConcurrentEvent } from './concurrent-event.js';
import { costOf } from './gateway-peer.js';
import { Isolation } from './isolation.js';
import { isBarrier } from './lanes.js';
import { RunningEvent } from './message-event.js';
import { checkName } from './names.js';
import { decodeParts } from './parts.js';
import { Stepper } from './stepper.js';
import type { Waiting } from './waiting-list.js';
import { defaultHandlerLimits, type HandlerLimits, HandlerWatch } from './watch.js';

type Thenable = PromiseLike<unknown>;

export class Dispatcher {
  /** Messages in good frames whose fields were not good, by code. */
  readonly undecodable = new Map<string, number>();
  /** Handlers that have thrown, were over their time, or whose reply could not be encoded: by message, or `connect`, `close`. */
  readonly failed = new Map<string, number>();
  /** Handlers that were over their time. */
  timeouts = 0;
  /** Things that such handlers said afterwards, and that were dropped. */
  lateOutput = 0;
  readonly watch: HandlerWatch;
  readonly #logger: Logger;
  readonly #timeoutMs: number;
  readonly #isolation = new Isolation(
    () => this.watch.size === 0,
    client => this.#runNext(client),
    held => this.#released(held),
  );
  readonly #stepper: Stepper;
  /** Clients that were held up have their turn, one after the other. */
  #releasing = false;
  #whenIdle: (() => void) | undefined;
  /** Decoders may ask for the login state; nothing else of a connection is known here. */
  readonly #context = new ConnContext();
  readonly #reader = new Reader();

  constructor(platform: Platform, logger: Logger, limits: Required<HandlerLimits> = defaultHandlerLimits) {
    this.#logger = logger;
    this.#stepper = new Stepper(platform.turn, client => this.#step(client));
    this.#timeoutMs = limits.handlerTimeoutMs;
    this.watch = new HandlerWatch(platform, logger, limits, waiting => this.#over(waiting));
  }

  /** Resolves when no handler is under way, nor about to be. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise(resolve => {
      this.#whenIdle = resolve;
    });
  }

  /** Takes an event whose bytes are borrowed. */
  take(
    client: WorkerClient,
    kind: number,
    seq: number,
    flags: number,
    index: number,
    received: number,
    b: Uint8Array,
    start: number,
    end: number,
  ): void {
    const again = (flags & (eventFlags.redelivered | eventFlags.alone)) !== 0;
    const isFree = client.lanes === undefined ? client.current === undefined : mayBegin(client, kind, flags, index);
    if (isFree && client.queue === undefined && !again && !this.#isolation.on) {
      this.#run(client, kind, seq, flags, index, received, b, start, end, undefined);
      return;
    }
    client.queue ??= [];
    client.queue.push({ kind, seq, flags, index, received, bytes: b.slice(start, end), reason: undefined });
    if ((flags & eventFlags.alone) !== 0) this.#isolation.suspect(client);
    else if (this.#isolation.on) this.#isolation.hold(client);
    else if (isFree) this.#stepper.add(client);
  }

  /** The client's gateway is gone for good: its close event, made up here. */
  lost(client: WorkerClient, uncertain: boolean): void {
    const reason: CloseReason = {
      code: 'gateway-lost',
      detail: '',
      bytesIn: 0,
      bytesOut: 0,
      framesIn: 0,
      framesOut: 0,
      uncertain,
      redelivered: false,
    };
    const { close } = eventKinds;
    const event = { kind: close, seq: 0, flags: 0, index: 0, received: 0, bytes: new Uint8Array(0), reason };
    // A close that is being handled already is not told twice.
    if (client.isClosing) return;
    client.queue = [event];
    if (this.#mayRun(client)) this.#runNext(client);
  }

  #run(
    client: WorkerClient,
    kind: number,
    seq: number,
    flags: number,
    index: number,
    received: number,
    b: Uint8Array,
    start: number,
    end: number,
    reason: CloseReason | undefined,
  ): void {
    const redelivered = (flags & eventFlags.redelivered) !== 0;
    const cost = costOf(end - start);
    let event: RunningEvent;
    if (client.lanes === undefined) {
      event = new RunningEvent(client, kind, seq, redelivered, received, cost);
      client.current = event;
    } else {
      const apart = new ConcurrentEvent(client, kind, seq, redelivered, received, cost);
      apart.answered = (flags & eventFlags.replied) !== 0;
      event = apart;
      client.lanes.begin(event, isBarrier(client.events, kind, flags, index));
    }
    if (client.news !== undefined) client.begins(seq);
    this.watch.calls(event);
    let result: unknown;
    try {
      if (kind === eventKinds.message) result = this.#message(client, event, flags, index, b, start, end);
      else if (kind === eventKinds.connect) result = client.events.onConnect?.(event.handle);
      else result = client.events.onClose?.(event.handle, reason ?? this.#reason(b, start, end, redelivered));
    } catch (error) {
      this.#failed(event, error);
      this.#settled(event);
      return;
    }
    if (isThenable(result)) {
      const waiting = this.watch.add(event);
      result.then(
        value => this.#later(waiting, value, undefined, false),
        error => this.#later(waiting, undefined, error, true),
      );
      return;
    }
    this.#finish(event, result);
    this.#settled(event);
  }

  #message(
    client: WorkerClient,
    event: RunningEvent,
    flags: number,
    index: number,
    b: Uint8Array,
    start: number,
    end: number,
  ): unknown {
    const { events } = client;
    const { protocol } = events.table;
    this.#context.state = (flags & eventFlags.fresh) !== 0 ? 'new' : 'open';
    this.#context.joined = (flags & eventFlags.joined) !== 0;
    // The gateway has checked the frame.
    const request =
      (flags & eventFlags.parts) === 0
        ? protocol.decodeAs('up', index, b, start, end, this.#context)
        : decodeParts(protocol, index, b, start, end, this.#context);
    if (request === undefined) {
      this.#undecodable(client, event, index);
      return undefined;
    }
    if (request.index === UNKNOWN) {
      event.request = request;
      return events.onUnknown?.(event.handle, { ...request.value, id: request.id }, event);
    }
    const codec = protocol.up[index];
    event.codec = codec;
    event.request = request;
    if (codec?.reply?.mode === 'auto') this.#reply(event);
    const handler = events.messages[index];
    if (handler !== undefined) return handler(event.handle, request.value, event);
    return undefined;
  }

  /** The gateway found the frame good as a whole, but a field in it is not. */
  #undecodable(client: WorkerClient, event: RunningEvent, index: number): void {
    const { consequence, code } = problem;
    const codec = client.events.table.protocol.up[index];
    event.codec = codec;
    const field = problem.field === '' ? '' : ` in "${problem.field}"`;
    this.undecodable.set(problem.code, (this.undecodable.get(problem.code) ?? 0) + 1);
    // Whoever can send such messages can send many.
    if (this.#logger.debugs !== false) {
      const message = codec?.name ?? String(index);
      const text = `Message "${message}" of client ${client.id} cannot be decoded${field}: ${problemText()}`;
      const facts = { client: client.id, message, reason: problem.code, field: problem.field };
      this.#logger.debug(text, { protocol: client.events.table.protocol.id, ...facts });
    }
    if (consequence === 'close') client.close(code);
    else if (consequence !== undefined) client.send(consequence.message, { ...consequence.values });
  }

  #later(waiting: Waiting, value: unknown, error: unknown, threw: boolean): void {
    const { event } = waiting;
    if (waiting.over) {
      this.#tooLate(event, error, threw);
      return;
    }
    this.watch.remove(waiting);
    if (threw) this.#failed(event, error);
    else this.#finish(event, value);
    this.#settled(event);
    this.#goOn(event.client);
  }

  /** The handler's time is up: it counts as failed, and its client's next event has its turn. */
  #over({ event }: Waiting): void {
    this.timeouts++;
    const text = `It has not settled within ${this.#timeoutMs} ms`;
    this.#failed(event, new FramegateError('FG_HANDLER_TIMEOUT', text));
    this.#settled(event);
    event.abort();
    // What it still says must not be mixed with what later handlers say.
    this.#goOn(event.retire());
  }

  #tooLate(event: RunningEvent, error: unknown, threw: boolean): void {
    event.recall();
    const why = threw ? `failed: ${loggable(error, event.codec, event.request)}` : 'settled';
    this.#logger.info(`The handler of "${event.name}" for client ${event.client.id} has ${why}, after its time`);
  }

  /** A handler of the client has settled: what waited behind it has its turn. */
  #goOn(client: WorkerClient): void {
    if (this.#isolation.on) {
      this.#isolation.hold(client);
      this.#isolation.settled();
    } else {
      this.#runQueue(client);
    }
    this.#rest();
  }

  get #isIdle(): boolean {
    return this.watch.size === 0 && !this.#isolation.on && !this.#releasing && this.#stepper.idle;
  }

  #rest(): void {
    if (this.#whenIdle === undefined || !this.#isIdle) return;
    this.#whenIdle();
    this.#whenIdle = undefined;
  }

  #runQueue(client: WorkerClient): void {
    while (this.#mayRun(client)) {
      if ((client.queue![0]!.flags & eventFlags.redelivered) !== 0) {
        this.#stepper.add(client);
        return;
      }
      this.#runNext(client);
    }
  }

  #step(client: WorkerClient): void {
    if (!this.#mayRun(client)) {
      this.#rest();
    } else if (this.#isolation.on) {
      this.#isolation.hold(client);
    } else {
      this.#runNext(client);
      this.#runQueue(client);
      this.#rest();
    }
  }

  #runNext(client: WorkerClient): void {
    const { kind, seq, flags, index, received, bytes, reason } = client.queue!.shift()!;
    if (client.queue!.length === 0) client.queue = undefined;
    this.#run(client, kind, seq, flags, index, received, bytes, 0, bytes.length, reason);
    // A suspect event whose handler was not asynchronous.
    if (this.#isolation.on && client.current === undefined) this.#isolation.settled();
  }

  /** The first event in the client's queue may begin. */
  #mayRun(client: WorkerClient): boolean {
    const first = client.queue?.[0];
    if (first === undefined) return false;
    if (client.lanes === undefined) return client.current === undefined;
    return mayBegin(client, first.kind, first.flags, first.index);
  }

  #released(held: readonly WorkerClient[]): void {
    this.#releasing = true;
    for (const client of held) if (client.current === undefined) this.#goOn(client);
    this.#releasing = false;
    this.#rest();
  }

  /** The handler has returned: what the protocol does then. */
  #finish(event: RunningEvent, result: unknown): void {
    const { codec } = event;
    if (codec === undefined) return;
    if (codec.auth !== undefined) {
      this.#judge(event, result);
      return;
    }
    if (codec.reply?.mode !== 'after-handler' || event.replied || event.request === undefined) return;
    this.#reply(event);
  }

  /** A reply that cannot be encoded does not keep the handler from its message. */
  #reply(event: RunningEvent): void {
    try {
      event.reply();
    } catch (error) {
      this.#failed(event, error);
    }
  }

  #judge(event: RunningEvent, result: unknown): void {
    const { client, request } = event;
    const codec = event.codec!;
    const auth = codec.auth!;
    if (request === undefined) {
      this.#refuse(event, auth.fail, {});
      return;
    }
    if (!isVerdict(result)) {
      this.#logger.warn(
        `The handler of "${codec.name}" returned neither accept(...) nor refuse(...): the login of client ${client.id} is refused`,
      );
      this.#refuse(event, auth.fail, {});
      return;
    }
    if (!result.accepted) {
      this.#refuse(event, auth.fail, result.refusal as Fields);
      return;
    }
    try {
      const uid = result.uid ?? auth.identity(request.value);
      checkName(uid);
      const ok = auth.ok === undefined ? undefined : client.events.table.down(auth.ok.message);
      const fields = { ...auth.ok?.values?.(request.value), ...(result.fields as Fields) };
      const farewell = result.single ? client.farewell(result.single) : undefined;
      client.judge(event, true, uid, ok, fields);
      if (farewell !== undefined) client.claim(uid, farewell);
    } catch (error) {
      this.#failed(event, error);
    }
  }

  #refuse(
    event: RunningEvent,
    fail: { message: string; values?: (request: Fields) => Fields } | undefined,
    fields: Fields,
  ): void {
    const { client } = event;
    if (fail !== undefined) {
      try {
        const codec = client.events.table.down(fail.message);
        client.judge(event, false, '', codec, { ...fail.values?.(event.request?.value ?? {}), ...fields });
        return;
      } catch (error) {
        const text = loggable(error, event.codec, event.request);
        this.#logger.info(`Client ${client.id} is refused without "${fail.message}": ${text}`);
      }
    }
    client.judge(event, false, '', undefined, {});
  }

  #failed(event: RunningEvent, error: unknown): void {
    const { client, codec } = event;
    const { name } = event;
    this.failed.set(name, (this.failed.get(name) ?? 0) + 1);
    const text = loggable(error, codec, event.request);
    const facts = { client: client.id, protocol: client.events.table.protocol.id, message: name };
    this.#logger.error(`The handler of "${name}" failed for client ${client.id}: ${text}${place(error)}`, facts);
    const context = { client: event.handle, message: name, eventId: event.id };
    this.report(client.events.onError, error, context, codec, event.request);
    // A login that cannot be judged, or confirmed, is refused.
    if (codec?.auth !== undefined) this.#refuse(event, codec.auth.fail, {});
  }

  /** Calls `onError`, which must not do more harm than the error itself. */
  report(
    onError: ((...args: unknown[]) => unknown) | undefined,
    error: unknown,
    context: object,
    codec?: MessageCodec,
    request?: Decoded,
  ): void {
    if (onError === undefined) return;
    const failed = (again: unknown): void => this.#logger.error(`onError failed: ${loggable(again, codec, request)}`);
    try {
      const result = onError(error, context);
      if (isThenable(result)) {
        result.then(undefined, failed);
      }
    } catch (again) {
      failed(again);
    }
  }

  #settled(event: RunningEvent): void {
    const { client } = event;
    const { lanes, peer } = client;
    client.current = undefined;
    const isOldest = lanes === undefined || lanes.end(event);
    if (event.kind === eventKinds.close) {
      client.closed = true;
      peer.forget(client);
    }
    if (peer.stage !== 'ready') return;
    if (isOldest) peer.settle(client, lanes === undefined ? event.seq : lanes.settled, event.cost);
    else peer.settleAhead(client, event.seq, event.cost);
  }

  #reason(b: Uint8Array, start: number, end: number, redelivered: boolean): CloseReason {
    const r = this.#reader.over(b, start, end);
    return {
      code: closeReasons[r.u8()] ?? 'client-error',
      detail: r.string(),
      bytesIn: r.u48(),
      bytesOut: r.u48(),
      framesIn: r.u32(),
      framesOut: r.u32(),
      uncertain: false,
      redelivered,
    };
  }
}

type Fields = { [field: string]: unknown };

/** Of a client whose events may run side by side. */
function mayBegin({ lanes, events }: WorkerClient, kind: number, flags: number, index: number): boolean {
  return lanes!.admits(isBarrier(events, kind, flags, index));
}

/** By shape: the application may have brought its own copy of the package. */
function isVerdict(value: unknown): value is Accepted | Refused {
  return typeof value === 'object' && value !== null && typeof (value as Accepted).accepted === 'boolean';
}

function isThenable(value: unknown): value is Thenable {
  return typeof value === 'object' && value !== null && typeof (value as Thenable).then === 'function';
}
