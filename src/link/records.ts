/**
 * The records of a link. All that concerns a client starts with its reference: a slot number in the gateway and a binding
 * epoch, which changes whenever the client is bound to another worker. What carries an older epoch is of the past.
 *
 *     gateway -> worker
 *       bind     ref u32 | epoch u32 | protocol u8 | flags u8 | client id | peer | uid | session version u32 | session
 *       unbind   ref u32 | epoch u32
 *       event    ref u32 | epoch u32 | seq u32 | kind u8 | flags u8 | index i16 | received u48 | payload
 *       answer   call u32 | ok u8 | value
 *       answered call u32 | ok u8 | index i16 | flags u8 | request | frame       (ok 0: code | text instead)
 *       news     ref u32 | epoch u32 | seq u32 | flags u8 | uid | session version u32 | session     from event `seq` on
 *       presence kind u8 | uid
 *     worker -> gateway
 *       send     ref u32 | epoch u32 | flags u8 | seq u32 | frame
 *       auth     ref u32 | epoch u32 | seq u32 | accepted u8 | flags u8 | uid | frame
 *       sendTo   target u8 | names | excluded ids | protocol id | flags u8 | frame
 *       close    ref u32 | epoch u32 | detail
 *       ack      (ref u32 | epoch u32 | seq u32) ...        cumulative for each client
 *       settled  (ref u32 | epoch u32 | seq u32) ...        these alone: older ones are still under way
 *       credit   events u32 | bytes u32
 *       call     call u32 | kind u8 | ref u32 | epoch u32 | arguments
 *       drain    nothing: bind no more clients here
 *       request  call u32 | client id | protocol id | message | within u32 | retries u8 | flags u8 | frame
 *       cancel   call u32 | client id
 *       watch    nothing: say who comes and goes
 *       started  ref u32 | epoch u32 | seq u32              a suspect event begins, alone
 *     both
 *       hello    see hello.ts
 *       proof    HMAC-SHA-256 (32): see introduction.ts
 *       refused  reason u8 | version u16
 *       beat     nothing: the sender lives
 */

export const recordTypes = {
  hello: 1,
  bind: 2,
  unbind: 3,
  event: 4,
  answer: 5,
  answered: 6,
  news: 32,
  presence: 33,
  proof: 7,
  refused: 8,
  beat: 9,
  send: 16,
  auth: 17,
  sendTo: 18,
  close: 19,
  ack: 20,
  credit: 21,
  call: 22,
  drain: 23,
  request: 24,
  cancel: 25,
  watch: 48,
  started: 26,
  settled: 27,
} as const;

export const eventKinds = { connect: 0, message: 1, close: 2 } as const;

/** Flags of an event. */
export const eventFlags = {
  /** It was handed to a worker before. */
  redelivered: 1,
  /** The client had not logged in when this message was read. */
  fresh: 2,
  /** It is not delivered again. */
  once: 4,
  /** It may have killed workers: run it alone, and say before that it begins. */
  alone: 8,
  /** The payload is several frames of one message: see parts.ts. */
  parts: 16,
  /** The payload is one frame with the bodies of several. */
  joined: 32,
  /** Its declared reply has left. Kept for those whose replies come in any order. */
  replied: 64,
} as const;

/** Flags of a frame on its way down. */
export const frameFlags = {
  /** The gateway must complete it with the client's context. */
  unfinished: 1,
  /** The connection ends behind it. */
  closes: 2,
  /** A declared reply: one for each event leaves the gateway. */
  reply: 4,
  /** The event was handed to a worker before, so it may have its reply already. */
  again: 8,
  /** Events of the client are handled side by side: replies come in any order. */
  apart: 16,
  /** It is waited for, or the last: never left out for a client that does not read. */
  needed: 32,
} as const;

/** The first client of a uid has come, the last one has gone; or another worker is told of the uid from now on. */
export const presenceKinds = { came: 0, left: 1, adopt: 2, release: 3 } as const;

export const bindFlags = {
  hasUid: 1,
  /** Some worker has seen this client connect, or may have: it was handed the event, and has not settled it. */
  known: 2,
} as const;

/** What of a client others have changed. */
export const newsFlags = { uid: 1, session: 2, hasUid: 4 } as const;

export const targets = { all: 0, client: 1, uid: 2, group: 3 } as const;
export type Target = (typeof targets)[keyof typeof targets];

/**
 * What a program can ask of a gateway. With a reference: about that client; else by the ids in the arguments. From 16 to 31
 * and from 64 to 95 they change nothing.
 */
export const calls = {
  bindUid: 1,
  unbindUid: 2,
  joinGroup: 3,
  leaveGroup: 4,
  setSession: 5,
  patchSession: 6,
  closeClient: 7,
  isOnline: 16,
  isUidOnline: 17,
  uidByClientId: 19,
  clientCountByGroup: 21,
  allClientCount: 24,
  getSession: 26,
  destroyClient: 32,
  closeUid: 33,
  ungroup: 34,
  /** A send whose receivers are counted. */
  sendTo: 35,
  /** The client is the only one of its uid. */
  claimUid: 36,
  /** The same, said to a gateway that does not have the client. */
  claimed: 37,
  /** A slot of a singleton timer. */
  slot: 38,
  /** A page of clients. */
  walk: 64,
  /** A page of uids or groups. */
  walkNames: 65,
  /** Of the clients that have a uid. */
  latestStamp: 66,
  /** One kind of call for many ids, uids or groups: the kind, the list, further arguments. */
  each: 96,
} as const;
export type CallKind = (typeof calls)[keyof typeof calls];

/** Bytes of an event record in front of its payload. */
export const EVENT_HEADER = 22;
/** Bytes of a send record in front of its frame. */
export const SEND_HEADER = 13;
/** The same without reference and epoch: what a gateway keeps until it is acknowledged. */
export const EVENT_KEPT = 14;
