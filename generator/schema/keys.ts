/**
 * Every key of the schema language, by the place it stands in. One table serves the check for misspelt keys, the
 * suggestions, and the reference.
 */

export type KeyTable = Readonly<Record<string, string>>;

export const topKeys: KeyTable = {
  wire: 'version of the schema language: 1',
  protocol: 'who: id, version, doc',
  defaults: 'endian, text, zone',
  limits: 'hard bounds: frame, list, string, idle',
  frame: 'how the stream is cut and what stands around every message',
  frames: 'several frame shapes on one connection, by name',
  enums: 'named numbers',
  flags: 'named bits',
  types: 'reusable groups of fields',
  messages: 'what is said, by name',
  fragments: 'reassembly of messages that come in parts',
  unknown: 'what happens to ids that no message has',
  session: 'rules for the whole connection',
  vectors: 'golden frames: checked, turned into tests and documentation',
};

export const protocolKeys: KeyTable = {
  id: 'name of the protocol, in lower case',
  version: 'semantic version of the schema',
  doc: 'one line of documentation',
};

export const defaultsKeys: KeyTable = {
  endian: 'big or little: order of the bytes of a number',
  text: 'character set: ascii, utf8, latin1',
  zone: 'clock of the devices, as +hh:mm from UTC',
};

export const limitsKeys: KeyTable = {
  frame: 'bytes of the longest frame (B, KiB, MiB)',
  list: 'items of the longest list',
  string: 'bytes of the longest text',
  idle: 'silence after which a connection is closed (ms, s, m)',
};

export const frameKeys: KeyTable = {
  split: 'how the stream is cut: by, and its options',
  filter: 'what is removed before the cut: telnet-iac, backspace',
  emit: 'the line end that an encoder writes',
  layout: 'elements of a frame, in the order of the wire',
  pick: 'which alternative of a marker an encoder takes',
  escape: 'bytes that are written as two',
  lenient: 'elements whose failure is a warning',
  opaque: 'when the body is delivered as bytes',
  learn: 'variables of the connection that a good frame sets',
  text: 'template of a text frame',
  spelling: 'keep: values keep the text of frames that an encoder would write in other characters',
  dir: 'up, down or both',
  when: 'first bytes or state that choose this shape',
  message: 'the one message that this shape carries',
};

export const splitKeys: KeyTable = {
  by: 'length, line, until, flag, slip, cobs, hex, fixed, table, json, quiet or custom',
  end: 'the line end: any, or bytes',
  start: 'bytes a frame begins with',
  empty: 'skip: leave empty frames out',
  overflow: 'discard: drop an over-long frame up to its end',
  confirm: 'element that must stand where the size says',
  rescue: 'element to cut at when it does not',
  flag: 'byte that stands between frames',
  shared: 'one flag ends a frame and begins the next',
  size: 'bytes of a fixed frame',
  after: 'silence that ends a frame',
  max: 'bytes of the longest frame',
  sizes: 'id: bytes of a whole frame, of a table',
  use: 'file of a custom splitter',
};

export const escapeKeys: KeyTable = {
  lead: 'the byte that announces an escaped one',
  map: 'the byte that follows it: the byte that is meant',
  bad: 'drop: a frame with any other escape is refused',
};

export const whenKeys: KeyTable = {
  state: 'new: before login; open: from the login on',
  is: 'bytes that must stand there',
  at: 'how far behind the start of the frame, 0 if absent',
  not: 'bytes that must not stand there: { at, is }',
  awaiting: 'the request, or one of several, that waits for an answer',
};

export const elementKeys: KeyTable = {
  type: 'type expression',
  doc: 'one line of documentation',
  if: 'expression: the field is there only when it holds',
  const: 'the only value; written by the encoder, not in the message',
  magic: 'marker bytes, or alternatives by name',
  role: 'id, serial or identity',
  covers: 'a..b: the elements that this size counts',
  check: 'checksum algorithm',
  over: 'a..b: the elements that the checksum covers',
  as: 'how the value is given',
  bad: 'what happens to a frame where this is wrong: drop, warn',
  auto: 'the encoder computes it, the decoder verifies it',
  default: 'what the encoder writes when no value is given',
  valid: 'range a..b, or { len, match }',
  in: 'set of allowed characters',
  enum: 'enumeration by name, or { name: number }',
  open: 'numbers without a name are let through',
  flags: 'flag set by name',
  bits: 'number whose bits are fields',
  fields: 'fields of a bit number or group',
  lsb: 'the first bit field is the lowest',
  scale: 'value = raw * scale + offset',
  offset: 'value = raw * scale + offset',
  unit: 'unit of the value',
  negative: 'bit, or its negation, that holds the sign',
  none: 'raw value, or text, that means: no value',
  round: 'how an encoder rounds',
  trim: 'left0: without leading zeros; spaces: without spaces around',
  pad: 'byte that fills a text up to its size',
  packed: 'lsb: eight booleans a byte',
  encoding: 'character set of this text',
  max: 'bytes of the longest varint',
  secret: 'never shown in a log, a status or an error',
  inline: 'the names of the type move to the parent',
  optional: 'may be empty',
  missing: 'allow: may be absent at the end',
  from: 'request.field: copied from the request',
  csv: 'fields in columns: what stands between two',
  between: 'several values in one place, with this between them',
  short: 'allow: trailing fields may be missing',
  group: 'columns that repeat together',
  repeat: 'how often a group comes: a..b, or the column that says so',
  kv: 'fields by name: what stands between two, and between name and value',
  json: 'fields as members of a JSON object',
  id: 'member of the JSON object that tells messages apart',
  codec: 'a codec of your own: ext:./file.ts',
  lazy: 'decoded when first read',
  view: 'borrowed bytes',
  since: 'version that brought the field',
  until: 'last version with the field',
  deprecated: 'reason not to use it',
  example: 'a value for documentation',
};

export const textTypeKeys: KeyTable = {
  text: 'template of a type that is written as characters',
  fields: 'types of the names in the template',
  as: 'degrees: degrees, minutes and a letter as one number',
};

export const tlvTypeKeys: KeyTable = {
  tlv: 'tagged items: tag, size, unknown, repeat, require, tail',
  of: 'tag: { name, type } or { name, fields }',
};

export const tlvKeys: KeyTable = {
  tag: 'number that names an item',
  size: 'number that counts its bytes',
  first: 'which of the two stands in front: tag (default) or size',
  covers: 'what the size counts: value (default), tag..value or size..value',
  unknown: 'keep: items of other tags are kept as bytes',
  repeat: 'names of items that may come more than once',
  require: 'names of items that must be there',
  tail: 'keep: an end that is no whole item is kept as bytes',
};

export const csvKeys: KeyTable = { between: 'the character between two columns' };

export const kvKeys: KeyTable = {
  pair: 'what stands between two fields',
  equals: 'what stands between a name and its value',
};

/** Besides those of a field. */
export const tlvItemKeys: KeyTable = { name: 'name of the item' };

export const messageKeys: KeyTable = {
  dir: 'up (client to server), down, or both',
  id: 'number, list of numbers, { mask, equals, as }, or { same: request }',
  text: 'two-way template of a text message',
  fields: 'fields of the body, in the order of the wire',
  doc: 'one line of documentation',
  auth: 'this message logs in: identity, ok, fail, early, within, tries',
  heartbeat: 'answered by the gateway: reply, with, every, miss',
  reply: 'the declared answer: send, with, mode',
  expects: 'the answer that a request waits for: message, match, within, retries',
  serial: 'echo: the serial of the request',
  access: 'any: allowed before login',
  close: 'true: the connection ends after this message',
  delivery: 'at-most-once: not delivered again when its worker dies',
  error: 'true: an expected answer that rejects the request',
  otherwise: 'true: tried last, when no template or no other message of the id fits',
  when: 'tells messages of the same id apart',
  derive: 'values computed from others, when decoding',
  rules: 'expressions that must hold',
  fragments: 'reassembly of this message',
  since: 'version that brought the message',
  until: 'last version with the message',
  deprecated: 'reason not to use it',
};

export const crcKeys: KeyTable = {
  width: 'bits of the checksum, 3 to 32',
  poly: 'polynomial, highest bit first, without the leading one',
  init: 'value before the first byte; 0 if absent',
  refin: 'true: bytes are read lowest bit first',
  refout: 'true: the result is turned around',
  xorout: 'what the result is combined with; 0 if absent',
};

export const maskedIdKeys: KeyTable = {
  mask: 'bits of the id that tell the message',
  equals: 'what these bits are',
  as: 'name of the other bits in the value',
};

export const authKeys: KeyTable = {
  identity: 'field that names who logs in',
  ok: 'message that says yes',
  fail: 'message that says no',
  early: 'message for a client that sends something else first',
  within: 'time to log in',
  tries: 'refusals after which the connection is closed',
};

export const heartbeatKeys: KeyTable = {
  reply: 'message that answers',
  with: 'fields of the answer, as expressions over the heartbeat',
  every: 'time between two heartbeats',
  miss: 'heartbeats that may be missed',
};

export const replyKeys: KeyTable = {
  send: 'message that answers',
  with: 'fields of the answer, as expressions over the request',
  mode: 'auto, after-handler or manual',
};

export const expectsKeys: KeyTable = {
  message: 'the answer, or a list of answers',
  match: 'field of the answer: field of the request',
  within: 'time to answer',
  retries: 'how often to send again',
};

export const answerKeys: KeyTable = {
  message: 'which message',
  with: 'its fields, as expressions over the request',
};

export const fragmentKeys: KeyTable = {
  when: 'expression: the frame is a part of a message',
  key: 'list of expressions: parts of one message agree in them',
  index: 'which part this is, from 1',
  total: 'how many parts there are',
  join: 'what is put together: body, or a list of the message',
  limits: 'bytes of a whole message, open messages at a time, ttl of an unfinished one',
};

export const fragmentLimitKeys: KeyTable = {
  bytes: 'bytes of a whole message',
  open: 'unfinished messages of one connection',
  ttl: 'time after which an unfinished message is dropped',
};

export const unknownKeys: KeyTable = {
  id: 'keep: deliver messages of unknown id as bytes',
  body: 'keep: deliver a body that does not fit its message as bytes',
  reply: 'message that answers',
};

export const sessionKeys: KeyTable = {
  auth: 'none: connections need no login',
  identity: 'peer: the remote address',
};

export const vectorKeys: KeyTable = {
  dir: 'up or down',
  raw: 'the bytes of one frame',
  is: 'name of the message',
  value: 'some of its fields',
  bad: 'the element that must be refused first',
  note: 'where the frame comes from',
  state: 'new or open',
  awaiting: 'the request that waits for an answer',
  request: 'fields of the request that this answers',
  conn: 'variables of the connection',
};
