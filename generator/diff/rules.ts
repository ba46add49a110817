/**
 * What a change between two versions of a schema can mean. Every code has a heading in docs/reference/diff.md.
 *
 * `wire`: a device built for the old schema and a server built for the new one read the same bytes differently, or refuse
 * them. `types`: code written against the old generated types does not compile, or means something else. `behaviour`: bytes
 * and types are the same, and something else happens.
 */
export const categories = ['wire', 'types', 'behaviour'] as const;

export type Category = (typeof categories)[number];
export type Impact = 'breaking' | 'compatible';

export interface Rule {
  readonly category: Category;
  readonly severity: Impact;
  /** One sentence, without a full stop. */
  readonly text: string;
}

const rule =
  (category: Category, severity: Impact) =>
  (text: string): Rule => ({ category, severity, text });

const wireBreaks = rule('wire', 'breaking');
const wireFits = rule('wire', 'compatible');
const typesBreak = rule('types', 'breaking');
const typesFit = rule('types', 'compatible');
const behaviourBreaks = rule('behaviour', 'breaking');
const behaviourFits = rule('behaviour', 'compatible');

export const diffRules = {
  FRAME_ADDED: wireFits('there is another shape of frame'),
  FRAME_REMOVED: wireBreaks('frames of this shape are no longer read'),
  FRAME_CHANGED: wireBreaks('something else about the frame is different'),
  SPLIT_CHANGED: wireBreaks('the stream is cut in another way'),
  RESYNC_CHANGED: behaviourFits('after bad bytes, the next frame is looked for in another way'),
  FILTER_CHANGED: wireBreaks('other bytes are removed before the cut'),
  LINE_END_CHANGED: wireBreaks('encoders end a line in another way'),
  PICK_CHANGED: behaviourFits('encoders choose the marker by another rule'),
  MARKER_CHANGED: wireBreaks('the marker has other bytes'),
  CHECKSUM_CHANGED: wireBreaks('the checksum is computed in another way'),
  FRAGMENTS_CHANGED: wireBreaks('parts are told or put together in another way'),
  COVERS_CHANGED: wireBreaks('the size counts other elements'),

  MESSAGE_ADDED: wireFits('there is another message'),
  MESSAGE_REMOVED: wireBreaks('the message is gone'),
  MESSAGE_RENAMED: typesBreak('the message has another name'),
  MESSAGE_CHANGED: behaviourBreaks('something else about the message is different'),
  WHEN_CHANGED: wireBreaks('other frames are this message'),
  RULES_CHANGED: behaviourBreaks('other values of the message are refused'),
  DIRECTION_NARROWED: wireBreaks('the message no longer goes the way it went'),
  DIRECTION_WIDENED: wireFits('the message goes both ways'),
  ID_CHANGED: wireBreaks('the message is sent under another id, or an id of it is gone'),
  ID_ADDED: wireFits('the message is read under one more id'),
  TEMPLATE_CHANGED: wireBreaks('the line is written in another way'),
  OTHERWISE_CHANGED: behaviourBreaks('lines that fit no template are another message'),

  FIELD_ADDED: wireBreaks('there is another field among the bytes'),
  FIELD_APPENDED: wireFits('there is another field that may be missing'),
  FIELD_REMOVED: wireBreaks('the field is gone'),
  FIELD_RENAMED: typesBreak('the field has another name'),
  FIELDS_MOVED: wireBreaks('the fields come in another order'),
  FIELD_CHANGED: wireBreaks('something else about the field is different'),
  TYPE_CHANGED: wireBreaks('the bytes have another type'),
  ENDIAN_CHANGED: wireBreaks('the bytes come in another order'),
  SIZE_CHANGED: wireBreaks('the size is told in another way'),
  CHARSET_CHANGED: wireBreaks('the text has another character set'),
  ZONE_CHANGED: wireBreaks('the same bytes are another time'),
  SCALE_CHANGED: wireBreaks('the same bytes are another value'),
  NONE_CHANGED: wireBreaks('another raw number means "no value"'),
  CONST_CHANGED: wireBreaks('the only value is another one'),
  CONDITION_CHANGED: wireBreaks('the field is there under another condition'),
  AUTO_CHANGED: wireBreaks('the encoder computes the field in another way'),
  ROLE_CHANGED: wireBreaks('the field has another role'),
  PAD_CHANGED: wireBreaks('the text is filled up with another byte'),
  TAG_CHANGED: wireBreaks('the item has another tag'),
  ITEM_ADDED: wireFits('there is another tagged item'),
  ITEM_REMOVED: typesBreak('the tagged item is gone'),
  ITEM_FORM_CHANGED: wireBreaks('tagged items are written in another way'),
  MEMBER_CHANGED: wireBreaks('the name stands for another number or bit'),
  MEMBER_REMOVED: wireBreaks('a number or bit has lost its name'),
  MEMBER_ADDED: typesFit('a number or bit has got a name'),
  MEMBER_RENAMED: typesBreak('a number or bit has another name'),
  ENUM_CHANGED: typesBreak('the value has names where it had numbers, or the other way round'),
  ENUM_CLOSED: wireBreaks('numbers without a name are refused'),
  ENUM_OPENED: typesBreak('numbers without a name are let through'),
  VALUE_TYPE_CHANGED: typesBreak('the same bytes have another type in code'),
  TYPE_RENAMED: typesBreak('a generated type has another name'),
  INLINE_CHANGED: typesBreak('the names of the group stand elsewhere'),
  PROTOCOL_RENAMED: typesBreak('what is generated has another name'),
  DEFAULT_ADDED: typesFit('the field need not be given any more'),
  DEFAULT_REMOVED: typesBreak('the field must be given'),
  DEFAULT_CHANGED: behaviourFits('the encoder writes another value where none is given'),
  ITEM_REQUIRED: behaviourBreaks('messages without it are refused'),
  ITEM_OPTIONAL: typesBreak('it may be missing'),
  ITEM_REPEATS_CHANGED: typesBreak('the item is a list where it was one, or the other way round'),

  VALID_NARROWED: behaviourBreaks('values that were good are refused'),
  VALID_WIDENED: behaviourFits('more values are good'),
  BAD_TIGHTENED: behaviourBreaks('what is wrong has graver consequences'),
  BAD_LOOSENED: behaviourFits('what is wrong has lighter consequences'),
  ROUND_CHANGED: behaviourFits('encoders round values between two numbers in another way'),
  LAZY_CHANGED: behaviourBreaks('what is wrong in the field is found at another moment'),
  VIEW_ADDED: behaviourBreaks('the bytes are valid only until the handler returns'),
  VIEW_DROPPED: behaviourFits('the bytes are a copy'),
  TRIM_CHANGED: behaviourBreaks('leading zeros are kept or stripped'),
  UNIT_CHANGED: behaviourFits('the unit is another one'),
  SECRET_ADDED: behaviourFits('the value is masked'),
  SECRET_DROPPED: behaviourBreaks('the value shows in logs and errors'),
  LIMIT_LOWERED: behaviourBreaks('a bound is tighter'),
  LIMIT_RAISED: behaviourFits('a bound is looser'),
  SERIAL_CHANGED: behaviourBreaks('the answer has another serial number'),
  ACCESS_NARROWED: behaviourBreaks('the message needs a login'),
  ACCESS_WIDENED: behaviourFits('the message needs no login'),
  CLOSE_CHANGED: behaviourBreaks('the connection ends after the message, or no longer does'),
  DELIVERY_CHANGED: behaviourBreaks('the message is lost with its worker, or is delivered again'),
  LOGIN_REQUIRED: behaviourBreaks('connections need a login'),
  LOGIN_DROPPED: behaviourBreaks('connections need no login'),
  AUTH_ADDED: behaviourFits('the message logs in'),
  AUTH_REMOVED: behaviourBreaks('the message does not log in'),
  IDENTITY_CHANGED: behaviourBreaks('clients have other uids'),
  ANSWER_CHANGED: behaviourBreaks('another answer is given'),
  HEARTBEAT_ADDED: behaviourBreaks('the message is answered by the gateway and reaches no handler'),
  HEARTBEAT_REMOVED: behaviourBreaks('the message reaches a handler and is not answered by the gateway'),
  REPLY_ADDED: behaviourBreaks('the message is answered'),
  REPLY_REMOVED: behaviourBreaks('the message is not answered'),
  REPLY_MODE_CHANGED: behaviourBreaks('the answer is given at another moment'),
  EXPECTS_ADDED: behaviourFits('the message waits for an answer'),
  EXPECTS_REMOVED: typesBreak('the message waits for no answer'),
  EXPECTS_CHANGED: behaviourBreaks('other answers are taken for the answer'),
  ERROR_CHANGED: behaviourBreaks('the answer rejects its request, or no longer does'),
  UNKNOWN_KEPT: behaviourFits('what was refused is delivered as bytes'),
  UNKNOWN_REFUSED: behaviourBreaks('what was delivered as bytes is refused'),
  VERSION_KEPT: behaviourFits('the change breaks something, and the version does not tell'),
} as const satisfies Readonly<Record<string, Rule>>;

export type DiffCode = keyof typeof diffRules;
