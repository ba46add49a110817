/**
 * One connected device or player, as its gateway sees it. One class with fixed fields: no closures, timers or maps for
 * each client.
 *
 * The login state lives in the connection context: new -> pending -> open, or back to new when refused. The life of the
 * connection is another matter: live -> closing (its last bytes leave) -> gone.
 */
import {
  BAD,
  ConnContext,
  type FrameSink,
  type MessageCodec,
  problem,
  type Splitter,
  UNKNOWN,
} from '../codec/index.js';
import type { Value } from '../link/index.js';
import { eventFlags, eventKinds } from '../link/index.js';
import { type Connection, type ConnectionHandler, type Timer, WheelEntry } from '../net/index.js';
import { type CloseReasonCode, errorText } from '../protocol/index.js';
import type { Backlog } from './backlog.js';
import { Behind } from './behind.js';
import type { Missed } from './dropped.js';
import type { Fragments } from './fragments.js';
import type { Gateway } from './gateway.js';
import { HALF_CLOSED, HELD_MOST, PROBE_EVERY, WINDOW_BYTES, WINDOW_EVENTS } from './limits.js';
import type { ListenerRuntime } from './listener.js';
import { Pace, type Paced } from './pace.js';
import type { Requests } from './requests.js';
import type { SlowPolicy } from './slow-policy.js';
import type { Suspicion } from './suspects.js';
import { isPart, takePart, type Whole } from './take-part.js';
import type { WorkerPeer } from './worker-peer.js';

export type ClientStage = 'live' | 'closing' | 'gone';

/** A frame that waits behind a login. */
interface HeldFrame {
  readonly bytes: Uint8Array;
  readonly shape: number;
  /** It has come in parts: what {@link GatewayClient.frame} would not know again. */
  readonly whole: { readonly index: number; readonly flags: number } | undefined;
}

export class GatewayClient extends WheelEntry implements FrameSink, ConnectionHandler, Paced {
  readonly gateway: Gateway;
  readonly listener: ListenerRuntime;
  readonly connection: Connection;
  readonly context = new ConnContext();
  readonly id: string;
  /** Slot number in the gateway: how links refer to the client. */
  readonly ref: number;
  readonly connectedAt: number;
  /** Runs while silence would end the frame at hand. */
  #silence: Timer | undefined = undefined;
  readonly #splitter: Splitter;
  /** Where it may not speak as fast as it can. */
  readonly #pace: Pace | undefined;

  stage: ClientStage = 'live';
  reason: CloseReasonCode = 'client-closed';
  detail = '';
  uid: string | undefined = undefined;
  /** Stamp of the binding to the uid. */
  boundAt = 0;
  groups: Set<string> | undefined = undefined;
  session: { [key: string]: Value } | undefined = undefined;
  sessionVersion = 0;
  /** What others have changed and the client's worker is told in front of the next event; of {@link newsFlags}. */
  news = 0;

  /** The worker that has the client. */
  peer: WorkerPeer | undefined = undefined;
  /** Binding epoch; 0 until the first binding. */
  epoch = 0;
  /** Number of the last event. */
  seq = 0;
  /** All events up to this one are settled. */
  acknowledged = 0;
  /** Highest event that was settled before an older one; 0 if none ever was. */
  ahead = 0;
  /** Highest event that was answered: a replayed event is not answered twice. */
  replied = 0;
  backlog: Backlog | undefined = undefined;
  /** When a message began to wait for a worker; 0 when none does. */
  waitingSince = 0;
  waitingBytes = 0;
  /** It is gone, no worker was there in time, and one is still to be told: there is no hurry any more. */
  owed = false;
  /** Its first unacknowledged event was on a worker that died. */
  suspicion: Suspicion | undefined = undefined;
  /** Its login has another worker than it is bound to: it moves when nothing is under way. */
  moving = false;
  /** Stands in its worker's queue for credit. */
  starved = false;
  /** Number of the close event; 0 before. */
  closeSeq = 0;

  /** Monotonic time by which a login must have been accepted. */
  authDeadline = Number.POSITIVE_INFINITY;
  /** When the login clock last stopped, or began to run again. */
  pendingSince = 0;
  pendingSeq = 0;
  pendingCodec: MessageCodec | undefined = undefined;
  tries = 0;
  /** Frames that wait behind a login, and the shape by which each was cut. */
  held: HeldFrame[] | undefined = undefined;
  heldBytes = 0;
  /** Bytes of a frame that has not come as a whole. */
  unfinished = 0;
  /** Bytes that it has not read, when that was looked at last. */
  outWaiting = 0;

  /** What it has been asked. */
  requests: Requests | undefined = undefined;
  /** What it has begun to say in parts. */
  fragments: Fragments | undefined = undefined;

  lastFrame: number;
  pausedSince = 0;
  finSince = 0;
  badInRow = 0;

  bytesIn = 0;
  bytesOut = 0;
  framesIn = 0;
  framesOut = 0;

  // The outbox's own.
  outHead = -1;
  outTail = -1;
  outBytes = 0;
  dirty = false;
  /** What waits for it, where it does not read and its listener does not close it for that. */
  behind: Behind | undefined = undefined;
  /** What it did not get because of that; `undefined`: nothing. */
  missed: Missed | undefined = undefined;
  /** The last broadcast that reached this client. */
  mark = 0;

  constructor(gateway: Gateway, listener: ListenerRuntime, connection: Connection, id: string, ref: number) {
    super();
    this.gateway = gateway;
    this.listener = listener;
    this.connection = connection;
    this.id = id;
    this.ref = ref;
    this.connectedAt = gateway.clock.now();
    this.lastFrame = this.connectedAt;
    const { protocol, authWithin } = listener.table;
    this.#splitter = protocol.splitter('up', this.context);
    this.#pace = listener.rates && new Pace(this, listener.rates);
    if (protocol.login) this.authDeadline = this.connectedAt + authWithin;
    else this.context.state = 'open';
  }

  // From the connection.

  data(b: Uint8Array, start: number, end: number): void {
    if (this.stage !== 'live') return;
    this.bytesIn += end - start;
    this.gateway.look();
    if (this.#pace === undefined) this.cut(b, start, end);
    else this.#pace.take(b, start, end, this.gateway.now);
    this.#heard();
    // It was only a probe.
    if (this.pausedSince > 0 && this.stage === 'live') this.connection.pause();
  }

  cut(b: Uint8Array, start: number, end: number): void {
    try {
      this.#splitter.push(b, start, end, this);
    } catch (error) {
      this.#fault(error);
    }
  }

  get isRead(): boolean {
    return this.stage === 'live' && this.pausedSince === 0;
  }

  flooded(): void {
    const { over, framesPerSecond, bytesPerSecond } = this.listener.limits;
    if (over === 'pause') this.flow();
    else this.gateway.close(this, 'flood', `more than ${framesPerSecond} frames or ${bytesPerSecond} bytes a second`);
  }

  #heard(): void {
    if (this.#silence !== undefined || this.#splitter.quiet > 0) this.#awaitSilence();
    this.#count();
  }

  /** What it has begun to say takes room as well. */
  #count(): void {
    if (this.stage !== 'live') return;
    const { buffers } = this.gateway;
    const buffered = this.#splitter.buffered + (this.#pace?.held ?? 0);
    if (buffered !== this.unfinished) buffers.begun(this, buffered);
    if (buffers.bytes > buffers.most) buffers.over();
    if (buffers.full && (this.unfinished > 0 || this.fragments !== undefined)) this.flow();
  }

  /** A frame that silence ends waits for so long a pause; more bytes begin it anew. */
  #awaitSilence(): void {
    this.#silence?.cancel();
    this.#silence = undefined;
    const { quiet } = this.#splitter;
    // What is kept comes first.
    if (quiet === 0 || this.stage !== 'live' || (this.#pace?.held ?? 0) > 0) return;
    const { clock, platform } = this.gateway;
    // What has arrived meanwhile is read first: the gateway may have stood still, and not the client.
    const endOfTurn = (): void => {
      if (this.#silence === timer) this.#endBySilence();
    };
    const timer = clock.setTimer(quiet, () => platform.turn.schedule({ endOfTurn }));
    this.#silence = timer;
  }

  #endBySilence(): void {
    this.#silence = undefined;
    if (this.stage !== 'live') return;
    this.#conclude('silence');
    if (this.#splitter.quiet > 0) this.#awaitSilence();
  }

  /** Lets the splitter say what it has kept: nothing comes for a while, or ever. */
  #conclude(by: 'silence' | 'end'): void {
    this.gateway.look();
    try {
      this.#splitter[by](this);
    } catch (error) {
      this.#fault(error);
    }
    this.#count();
  }

  ended(): void {
    this.#silence?.cancel();
    this.#silence = undefined;
    if (this.stage !== 'live') return;
    if (this.#pace !== undefined && this.#pace.held > 0) {
      this.#pace.ended = true;
      return;
    }
    this.#conclude('end');
    this.requests?.fail('FG_CLOSED', 'the client has ended its side of the connection');
    this.finSince = this.gateway.now;
    this.gateway.wheel.add(this, this.finSince + HALF_CLOSED);
    this.settle();
  }

  closed(code: string | undefined): void {
    this.#silence?.cancel();
    this.gateway.door.sockets--;
    this.behind = undefined;
    this.gateway.buffers.gone(this);
    if (this.stage === 'live') {
      this.gateway.close(this, code === undefined ? 'client-closed' : 'client-error', code ?? '', true);
    }
  }

  /** After the peer's end the connection lives until what it asked has been answered. */
  settle(): void {
    if (this.finSince === 0 || this.stage !== 'live') return;
    const unheard = this.peer === undefined && this.waitingSince === 0;
    if (unheard || (this.acknowledged === this.seq && this.held === undefined))
      this.gateway.close(this, 'client-closed', '');
  }

  // From the splitter.

  frame(b: Uint8Array, start: number, end: number): boolean {
    this.framesIn++;
    this.lastFrame = this.gateway.now;
    if (this.requests !== undefined && this.#answers(b, start, end)) return this.stage === 'live';
    if (this.context.state === 'pending') this.#hold(b.slice(start, end), undefined);
    else this.#take(b, start, end);
    return this.stage === 'live';
  }

  /** Whether the frame answers what the client was asked. It overtakes all that waits: a handler may wait for it. */
  #answers(b: Uint8Array, start: number, end: number): boolean {
    const requests = this.requests!;
    const { protocol, inParts } = this.listener.table;
    const index = protocol.classify('up', b, start, end, this.context);
    let isTaken = false;
    if (index >= 0 && inParts && isPart(this, index, b, start, end)) {
      this.badInRow = 0;
      isTaken = requests.awaits(index) && this.#takesPart(index, protocol.up[index], b, start, end);
    } else if (index >= 0 && requests.takes(index, b, start, end)) {
      this.badInRow = 0;
      isTaken = true;
    }
    if (!isTaken) requests.read(end - start);
    return isTaken;
  }

  skipped(code: string, b: Uint8Array, start: number, end: number): void {
    this.#bad(code, '', b, start, end);
  }

  /** The login was judged: what came behind it has its turn. */
  release(): void {
    while (this.held !== undefined && this.context.state !== 'pending' && this.stage === 'live') {
      const { bytes, shape, whole } = this.held.shift()!;
      this.heldBytes -= bytes.length;
      this.gateway.buffers.held -= bytes.length;
      if (this.held.length === 0) this.held = undefined;
      try {
        this.context.shape = shape;
        if (whole === undefined) this.#take(bytes, 0, bytes.length);
        else this.#event(whole.index, this.#codec(whole.index), bytes, 0, bytes.length, whole.flags);
      } catch (error) {
        this.#fault(error);
      }
    }
    this.gateway.buffers.freed();
    this.flow();
    this.settle();
  }

  #hold(bytes: Uint8Array, whole: HeldFrame['whole']): void {
    this.held ??= [];
    this.held.push({ bytes, shape: this.context.shape, whole });
    this.heldBytes += bytes.length;
    this.gateway.buffers.held += bytes.length;
    this.flow();
  }

  #take(b: Uint8Array, start: number, end: number): void {
    const { protocol } = this.listener.table;
    const context = this.context;
    const index = protocol.classify('up', b, start, end, context);
    if (index === BAD) {
      const { consequence } = problem;
      this.#bad(problem.code, problem.field, b, start, end);
      if (consequence === 'close') this.gateway.close(this, 'bad-input', problem.code);
      else if (consequence !== undefined && this.stage === 'live') this.gateway.downstream.answerBad(this, consequence);
      return;
    }
    this.badInRow = 0;
    const codec = this.#codec(index);
    if (codec?.heartbeat !== undefined) {
      this.gateway.downstream.beat(this, codec, b, start, end);
      return;
    }
    if (this.listener.table.inParts && this.#takesPart(index, codec, b, start, end)) return;
    this.#event(index, codec, b, start, end, 0);
  }

  /** A part of a message is kept until the others have come. */
  #takesPart(index: number, codec: MessageCodec | undefined, b: Uint8Array, start: number, end: number): boolean {
    const isAllowed = this.context.state !== 'new' || codec?.auth !== undefined || codec?.anyAccess === true;
    const whole = isAllowed ? takePart(this, index, b, start, end) : undefined;
    if (whole === undefined) return false;
    if (whole === false) this.#bad('COUNT', 'fragments', b, start, end);
    if (whole === true && index === UNKNOWN) this.gateway.downstream.answerUnknown(this, b, start, end);
    if (typeof whole === 'boolean') return true;
    const { bytes, flags } = whole;
    if (index >= 0 && this.#isAnswer(index, b, start, end, whole)) return true;
    // An awaited part overtakes what waits for a login; if it answers nothing after all, it waits too.
    if (this.context.state === 'pending') this.#hold(bytes, { index, flags });
    else this.#event(index, codec, bytes, 0, bytes.length, flags);
    return true;
  }

  #isAnswer(index: number, b: Uint8Array, start: number, end: number, whole: Whole): boolean {
    const { requests } = this;
    if (requests === undefined) return false;
    const { bytes, flags } = whole;
    if (flags === eventFlags.joined) return requests.takes(index, bytes, 0, bytes.length, whole);
    return requests.takes(index, b, start, end, whole);
  }

  #codec(index: number): MessageCodec | undefined {
    return index >= 0 ? this.listener.table.protocol.up[index] : undefined;
  }

  #event(
    index: number,
    codec: MessageCodec | undefined,
    b: Uint8Array,
    start: number,
    end: number,
    extra: number,
  ): void {
    const { context } = this;
    const { protocol } = this.listener.table;
    // Not by a computed key of a pattern, which the engine makes a string of.
    let flags = this.listener.flags[index >= 0 ? index : protocol.up.length] ?? 0;
    if (context.state === 'new') {
      if (codec?.auth !== undefined) {
        context.state = 'pending';
        this.pendingSince = this.gateway.now;
        this.pendingSeq = this.seq + 1;
        this.pendingCodec = codec;
      } else if (codec?.anyAccess !== true) {
        this.gateway.downstream.early(this, b, start, end);
        return;
      }
      flags |= eventFlags.fresh;
    }
    if (index === UNKNOWN) this.gateway.downstream.answerUnknown(this, b, start, end);
    this.gateway.upstream.forward(this, eventKinds.message, flags | extra, index, b, start, end);
  }

  #bad(code: string, field: string, b: Uint8Array, start: number, end: number): void {
    this.gateway.bad(this, code, field, b, start, end);
    if (++this.badInRow >= this.listener.limits.badFrames) this.gateway.close(this, 'bad-input', code);
  }

  /** A protocol's code threw: the client pays, not the process. */
  #fault(error: unknown): void {
    this.gateway.logger.error(`Protocol "${this.listener.name}" failed on input of ${this.id}: ${errorText(error)}`);
    this.gateway.close(this, 'bad-input', 'fault');
  }

  // Towards the connection.

  write(bytes: Uint8Array): void {
    // Nothing is queued but what was left by a write before, and that was noted.
    if (this.outWaiting > 0) {
      const queued = this.connection.queued;
      if (queued > 0 && queued + bytes.length > this.listener.mostQueued) {
        this.gateway.slow(this, queued + bytes.length);
        return;
      }
    }
    this.bytesOut += bytes.length;
    this.connection.write(bytes);
    const left = this.connection.queued;
    if (left > 0 || this.outWaiting > 0) this.gateway.buffers.jam(this, left);
    if (left > 0 && this.listener.slow !== undefined) this.#fallBehind(this.listener.slow, left);
  }

  /** From now on what it is sent waits as frames. */
  #fallBehind(policy: SlowPolicy, queued: number): void {
    if (queued > policy.low && this.stage === 'live') this.behind ??= new Behind(this, policy);
  }

  /** Bytes that it has not read. */
  get unread(): number {
    return this.connection.queued + (this.behind?.bytes ?? 0);
  }

  flushed(): void {
    if (this.stage !== 'closing') return;
    this.stage = 'gone';
    this.connection.end();
  }

  /** As much is under way as its window holds. */
  get full(): boolean {
    return this.#holds(WINDOW_EVENTS, WINDOW_BYTES);
  }

  #mayReadOn(): boolean {
    return !this.gateway.buffers.full && !this.#holds(WINDOW_EVENTS / 2 + 1, WINDOW_BYTES / 2 + 1);
  }

  /** Reads on, or not: a client whose events pile up is the only one to wait. */
  flow(): void {
    if (this.stage !== 'live') return;
    if (this.pausedSince === 0) {
      if ((this.full || this.gateway.buffers.full) && this.requests?.readsOn !== true) {
        this.pausedSince = this.gateway.now;
        this.connection.pause();
      } else if (this.#pace?.owes(this.gateway.now) === true) {
        this.#pace.holds = true;
        this.pausedSince = this.gateway.now;
        this.connection.pause();
        this.gateway.wheel.add(this, this.due());
      }
    } else if (this.requests?.readsOn === true || this.#mayReadOn()) {
      const now = this.gateway.clock.now();
      const pace = this.#pace;
      if (pace?.owes(now) === true) return;
      // Clocks stand still for whom the gateway does not read.
      this.lastFrame += now - this.pausedSince;
      // What it stood while a login was judged has been counted.
      if (this.#authClockStands) this.authDeadline += now - Math.max(this.pausedSince, this.pendingSince);
      this.pausedSince = 0;
      if (pace !== undefined) {
        pace.holds = false;
        this.#goOn(pace, now);
      }
      if (this.isRead) this.connection.resume();
    }
  }

  /** It is held up before its login, and not because it says too much: that does not prolong it. */
  get #authClockStands(): boolean {
    return this.context.state === 'new' && this.pausedSince > 0 && this.#pace?.holds !== true;
  }

  /** What was said too fast has its turn. */
  #goOn(pace: Pace, now: number): void {
    if (pace.held === 0) return;
    this.gateway.look();
    pace.goOn(now);
    this.#heard();
    if (pace.held === 0 && pace.ended) this.ended();
  }

  /** So many events, or bytes, are under way. */
  #holds(most: number, mostBytes: number): boolean {
    return (
      this.seq - this.acknowledged >= most ||
      (this.held?.length ?? 0) >= most ||
      (this.backlog?.size ?? 0) >= mostBytes ||
      this.heldBytes >= mostBytes
    );
  }

  /** Its pace may allow more by now; else it is probed. */
  #waitOn(now: number): void {
    const since = this.pausedSince;
    if (this.#pace?.owes(now) === false) this.flow();
    if (this.pausedSince === since) this.#probe();
  }

  /** Reads once: a connection that is not read says nothing of its end either. */
  #probe(): void {
    const held = (this.backlog?.size ?? 0) + this.heldBytes + (this.#pace?.held ?? 0);
    if (held < HELD_MOST) this.connection.resume();
  }

  // From the wheel.

  /** The next time at which something may have to be done. */
  due(): number {
    let due = Number.POSITIVE_INFINITY;
    if (this.waitingSince > 0) due = this.waitingSince + this.listener.limits.noWorker;
    if (this.stage !== 'live') return due;
    const { table } = this.listener;
    if (this.finSince > 0) due = Math.min(due, this.finSince + HALF_CLOSED);
    due = Math.min(due, this.#authDue());
    if (this.pausedSince > 0) return Math.min(due, this.#pausedDue(this.gateway.clock.now()));
    return Math.min(due, this.lastFrame + Math.min(table.silence, table.protocol.limits.idle));
  }

  #pausedDue(now: number): number {
    const freeAt = this.#pace?.freeAt ?? 0;
    return freeAt > now ? Math.min(freeAt, now + PROBE_EVERY) : now + PROBE_EVERY;
  }

  #authDue(): number {
    const { state } = this.context;
    if (state === 'open') return Number.POSITIVE_INFINITY;
    if (state === 'new') return this.#authClockStands ? Number.POSITIVE_INFINITY : this.authDeadline;
    // The clock stands still while the login is judged, but not for ever.
    return this.connectedAt + 2 * this.listener.table.authWithin;
  }

  expire(now: number): number {
    this.gateway.look();
    const { table, limits } = this.listener;
    if (this.waitingSince > 0 && now >= this.waitingSince + limits.noWorker) this.gateway.upstream.noWorker(this);
    else if (this.stage !== 'live') return this.due();
    else if (this.finSince > 0 && now >= this.finSince + HALF_CLOSED) this.gateway.close(this, 'client-closed', '');
    else if (now >= this.#authDue()) this.gateway.close(this, 'auth-timeout', '');
    else if (this.pausedSince > 0) this.#waitOn(now);
    else if (now >= this.lastFrame + table.silence) this.gateway.close(this, 'heartbeat-timeout', '');
    else if (now >= this.lastFrame + table.protocol.limits.idle) this.gateway.close(this, 'idle-timeout', '');
    return this.due();
  }
}
