/**
 * The one picture of a protocol: names and types resolved, sizes known, expressions read. Everything that is generated is
 * generated from this, never from the YAML.
 */
import type { CrcParameters } from '../../src/codec/check-sums.js';
import type { Expr } from '../schema/expression.js';
import type { Place } from '../schema/source.js';
import type { Derived, HexNumberType, TextLayout, WholeType, WordSet, WrittenType } from './text-model.js';

export type Endian = 'big' | 'little';
export type Charset = 'ascii' | 'utf8' | 'latin1' | 'gbk';
export type Dir = 'up' | 'down' | 'both';

export interface IntType {
  readonly kind: 'int';
  readonly bytes: number;
  readonly signed: boolean;
  readonly endian: Endian;
  /** `as: bigint`: a bigint even where a number would do. Only for eight bytes. */
  readonly bigint: boolean;
}

/** How much a text, run of bytes or list takes. */
export type Size =
  | { readonly kind: 'fixed'; readonly count: number }
  | { readonly kind: 'prefix'; readonly type: IntType | VarintType }
  | { readonly kind: 'rest' }
  | { readonly kind: 'expr'; readonly expr: Expr }
  /** Up to these bytes, which are not part of it. */
  | { readonly kind: 'until'; readonly bytes: Uint8Array };

export interface VarintType {
  readonly kind: 'varint';
  /** Bytes of the longest one. */
  readonly max: number;
  readonly zigzag: boolean;
}

export interface Bit {
  readonly name: string;
  readonly width: number;
  /** How far the lowest of its bits stands from the lowest of the number. */
  readonly shift: number;
  /** `spare`: not in the value. */
  readonly spare: boolean;
  /** What the encoder computes it from. */
  readonly auto?: BitAuto;
}

/** Where an encoder finds the bits of a number. `conn`: a variable of the connection, unless a value is given. */
export type BitAuto =
  | { readonly kind: 'size'; readonly range: Range }
  | { readonly kind: 'given'; readonly of: string }
  | { readonly kind: 'conn'; readonly name: string };

export interface BitsType {
  readonly kind: 'bits';
  readonly word: IntType;
  readonly bits: readonly Bit[];
  /** In text: how the number is written. */
  readonly spelled?: HexNumberType;
}

export interface FlagsType {
  readonly kind: 'flags';
  readonly word: IntType;
  readonly set: FlagSet;
  /** In text: how the number is written. */
  readonly spelled?: HexNumberType | WholeType;
}

export interface TextType {
  readonly kind: 'text';
  readonly size: Size;
  readonly charset: Charset;
}

export interface ListType {
  readonly kind: 'list';
  readonly item: Type;
  readonly size: Size;
  /** Booleans, eight a byte, the lowest bit first. */
  readonly packed?: boolean;
  /** The item for which this holds is the last. */
  readonly last?: Expr;
  /** In text: columns that come so many times; `by`: as a column in front of them says. */
  readonly repeat?: { readonly min: number; readonly max: number; readonly by?: string };
  /** In text: several values in one place, with this between them. */
  readonly between?: string;
}

/** Something behind its own size, which it must fill. */
export interface SizedType {
  readonly kind: 'sized';
  readonly prefix: IntType | VarintType;
  readonly type: Type;
}

export interface MagicType {
  readonly kind: 'magic';
  /** One form without a name, or several with names. All have the same length. */
  readonly forms: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

export interface CaseType {
  readonly kind: 'case';
  /** The magic element whose form decides. */
  readonly on: string;
  readonly arms: readonly { readonly name: string; readonly type: IntType }[];
}

export interface CheckType {
  readonly kind: 'check';
  readonly algorithm: CheckAlgorithm;
  readonly word: IntType;
  readonly over: Range;
  /** In text: written as hexadecimal digits. */
  readonly digits?: boolean;
}

export interface CheckAlgorithm {
  /** As the schema writes it: `crc16/x25`. */
  readonly name: string;
  /** What `framegate/codec` exports: `crc16X25`. With parameters: what a constant of generated code is called. */
  readonly function: string;
  /** Those of a CRC that `framegate/codec` does not export: generated code makes it with `crc({...})`. */
  readonly parameters?: CrcParameters;
  readonly bytes: number;
}

export type TimeType =
  /** `order`: of its six bytes, `yyMMddHHmmss`. */
  | { readonly kind: 'time'; readonly form: 'u8' | 'bcd'; readonly order: string; readonly zone: number }
  /** `epoch`: when the count was 0, in milliseconds since 1970. */
  | {
      readonly kind: 'time';
      readonly form: 'count';
      readonly word: IntType;
      readonly perUnit: number;
      readonly epoch: number;
    }
  /** GPS week (u16) and time of week in milliseconds (u32). */
  | { readonly kind: 'time'; readonly form: 'gps'; readonly week: IntType; readonly tow: IntType };

export type Type =
  | IntType
  | VarintType
  | { readonly kind: 'float'; readonly bytes: 4 | 8; readonly endian: Endian }
  | { readonly kind: 'bool' }
  | BitsType
  | FlagsType
  | TextType
  | { readonly kind: 'hex'; readonly size: Size }
  | { readonly kind: 'bytes'; readonly size: Size }
  | { readonly kind: 'bcd'; readonly size: Size }
  | TimeType
  | ListType
  | SizedType
  | { readonly kind: 'struct'; readonly struct: Struct }
  /** Tagged items in so many bytes; `struct.tlv` says how they are written. */
  | { readonly kind: 'tlv'; readonly struct: Struct; readonly size: Size }
  | MagicType
  | CaseType
  | CheckType
  | { readonly kind: 'body' }
  | WrittenType;

/** A run of elements, both ends included. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

/** `covers` counts wire bytes of elements; `count` counts items; `present` is the mask of what is given. */
export type Auto =
  | { readonly kind: 'size'; readonly range: Range }
  | { readonly kind: 'count'; readonly of: string }
  | { readonly kind: 'present' }
  | { readonly kind: 'expr'; readonly expr: Expr };

export interface Valid {
  readonly min?: number;
  readonly max?: number;
  readonly len?: { readonly min: number; readonly max: number };
  /** Source of a regular expression. */
  readonly match?: string;
}

/** `drop`: the frame is refused. `warn`: it is delivered with a warning. */
export type Bad = 'drop' | 'warn' | 'close' | { readonly message: string; readonly value: number | string | undefined };

/** Versions of the schema in which something is meant to be used; the bytes are the same in all. */
export interface Lifespan {
  readonly since?: string;
  readonly until?: string;
  /** Why not to use it. */
  readonly deprecated?: string;
}

export interface Field extends Lifespan {
  readonly name: string;
  readonly place: Place;
  readonly type: Type;
  readonly doc?: string;
  readonly unit?: string;
  readonly when?: Expr;
  readonly role?: 'id' | 'serial' | 'identity';
  readonly constant?: number;
  readonly covers?: Range;
  readonly auto?: Auto;
  readonly scale?: { readonly up: number; readonly down: number; readonly offset: number };
  /** How an encoder finds the raw number of a value between two: to the nearest, if absent. */
  readonly round?: 'down' | 'up';
  /** Bytes are borrowed from what was received: valid until the handler returns. */
  readonly view?: boolean;
  /** Decoded when it is first asked for. */
  readonly lazy?: boolean;
  /** A module of the user's own that makes a value of the bytes. */
  readonly codec?: string;
  /** A value for documentation. */
  readonly example?: string;
  /** Which bit of which field holds the sign; `inverted`: set means positive. */
  readonly negative?: { readonly field: string; readonly bit: string; readonly inverted: boolean };
  readonly none?: number;
  readonly enum?: { readonly set: EnumSet; readonly open: boolean };
  readonly valid?: Valid;
  /** What becomes of a frame in which this is wrong. */
  readonly bad: Bad;
  /** The value that is not given comes from the request: the path in it. */
  readonly from?: readonly string[];
  readonly default?: number | string | boolean;
  /** `trim: left0`. */
  readonly trim: boolean;
  /** In a tagged type: the item need not be there. In text: it may be empty. */
  readonly optional?: boolean;
  /** In a layout of text: the element and the literal in front of it may be absent. Encoders write a checksum, and a body that is not empty. */
  readonly missing?: boolean;
  /** In text: spaces around the value say nothing. */
  readonly spaced?: boolean;
  /** In text: what stands there for no value. */
  readonly noneText?: string;
  /** In text: the only characters. */
  readonly among?: string;
  /** In text: names for what is written. */
  readonly words?: WordSet;
  /** `const` in text. */
  readonly constantText?: string;
  /** The names of the type stand in the parent. */
  readonly inline?: boolean;
  /** The byte that fills a fixed text. */
  readonly pad?: number;
  readonly secret: boolean;
}

/** How tagged items are written: `tag size value`, again and again. */
export interface Tlv {
  readonly tag: IntType;
  readonly size: IntType;
  /** `first: size`: the size stands in front of the tag. */
  readonly sizeFirst: boolean;
  /** Bytes in front of the value that the size counts too. */
  readonly counted: number;
  readonly items: readonly TlvItem[];
  /** `tail: keep`: an end that is no whole item is kept as bytes. */
  readonly keepsTail: boolean;
}

export interface TlvItem {
  readonly tag: number;
  readonly name: string;
  /** Type and attributes of one value. */
  readonly field: Field;
  readonly repeats: boolean;
  readonly required: boolean;
}

export interface Struct {
  readonly name: string;
  /** In a tagged type: one for each item. */
  readonly fields: readonly Field[];
  readonly tlv?: Tlv;
  /** A text type: how its fields are written. */
  readonly text?: readonly TemplatePart[];
  /** The text type as one number. */
  readonly degrees?: WrittenType;
  readonly doc?: string;
  /** Elements of enclosing scopes that its expressions use. */
  readonly outer: readonly OuterName[];
}

/** An element of an enclosing scope, as a reader or writer of a type is given it. */
export interface OuterName {
  readonly path: readonly string[];
  /** Where it is used: `if`, `size`. */
  readonly what: string;
  readonly place: Place;
  /** Names that were in scope there, for suggestions. */
  readonly known: readonly string[];
}

export interface EnumSet {
  /** Name of the generated type. */
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly value: number }[];
}

export interface FlagSet {
  readonly name: string;
  readonly word: IntType;
  readonly bits: readonly { readonly name: string; readonly bit: number }[];
}

export type Split =
  | {
      readonly by: 'length';
      /** The element that must stand where the size says, and by which a frame with a false size is cut. */
      readonly confirm?: string;
      readonly rescue?: string;
    }
  | { readonly by: 'line'; readonly skipEmpty: boolean }
  | { readonly by: 'flag'; readonly flag: number; readonly shared: boolean; readonly skipEmpty: boolean }
  | { readonly by: 'slip' }
  | { readonly by: 'cobs' }
  | { readonly by: 'hex'; readonly ends: readonly Uint8Array[] }
  | {
      readonly by: 'until';
      /** A frame begins with one of these, if there are any. */
      readonly starts: readonly Uint8Array[];
      readonly ends: readonly Uint8Array[];
      readonly skipEmpty: boolean;
    }
  | { readonly by: 'json' }
  | { readonly by: 'fixed'; readonly size: number }
  | { readonly by: 'table'; readonly sizes: readonly { readonly id: number; readonly size: number }[] }
  /** Milliseconds of silence, or so many bytes, end a frame. */
  | { readonly by: 'quiet'; readonly after: number; readonly max: number }
  /** A module of the user's own. */
  | { readonly by: 'custom'; readonly use: string };

/** Bytes that must stand so far behind the start of a frame. */
export interface BytesAt {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** One shape of frame; most protocols have one. */
export interface Frame {
  /** Empty where the schema has a single `frame`. */
  readonly name: string;
  readonly dir: Dir;
  /** What chooses this shape among several; all must hold. */
  readonly when: {
    readonly state?: 'new' | 'open';
    readonly is?: BytesAt;
    readonly not?: BytesAt;
    /** The oldest request that waits for an answer is one of these messages. */
    readonly awaiting?: readonly string[];
  };
  /** The one message that this shape carries. */
  readonly message?: string;
  readonly split: Split;
  readonly filters: readonly ('telnet-iac' | 'backspace')[];
  /** What an encoder writes behind a line. */
  readonly emit: Uint8Array;
  /** Elements around and with the body; empty where messages are whole lines. */
  readonly layout: readonly Field[];
  /** Frames of text. */
  readonly text?: TextLayout;
  /** The name of the form that an encoder takes, as an expression; by the size of the body. */
  readonly pick?: { readonly element: string; readonly expr: Expr };
  /** Bytes that are written as two, between the flags of a frame. */
  readonly escape?: {
    readonly lead: number;
    readonly pairs: readonly { readonly code: number; readonly byte: number }[];
  };
  /** Elements, or bits of them, whose failure is a warning. */
  readonly lenient: readonly string[];
  /** Where this holds, the body is delivered as bytes. */
  readonly opaque?: Expr;
  /** Variables of the connection that a good frame sets. */
  readonly learn: readonly { readonly name: string; readonly expr: Expr }[];
}

export interface Answer {
  readonly message: string;
  /** Where it is named. */
  readonly place: Place;
  /** Fields of the answer, as expressions over the request. */
  readonly with: readonly { readonly field: string; readonly expr: Expr; readonly place: Place }[];
}

export type TemplatePart = { readonly literal: string } | { readonly field: Field };

export interface Message extends Lifespan {
  readonly name: string;
  readonly place: Place;
  readonly dir: Dir;
  /** The shape of its frames. */
  readonly frame: Frame;
  readonly doc?: string;
  /** Ids, or whatever id the request had; empty for text messages. */
  readonly ids: readonly number[];
  /** Ids in a layout of text. */
  readonly textIds?: readonly string[];
  readonly sameId: boolean;
  /** Ids by mask: those with `id & mask === equals`; the value has the rest of the id under this name. */
  readonly masked?: { readonly mask: number; readonly equals: number; readonly name: string };
  /** Tells messages of the same id apart. */
  readonly when?: Expr;
  /** Must hold in a frame of this message; those about the request are skipped where it is not known. */
  readonly rules: readonly Expr[];
  /** The same as the schema writes them, for problems. */
  readonly ruleTexts: readonly string[];
  /** An answer that rejects the request. */
  readonly error: boolean;
  /** It comes in parts. */
  readonly fragments?: Fragments;
  readonly template?: readonly TemplatePart[];
  readonly otherwise: boolean;
  readonly fields: readonly Field[];
  /** Values that a decoder computes. */
  readonly derived?: readonly Derived[];
  readonly echoSerial: boolean;
  readonly anyAccess: boolean;
  readonly closes: boolean;
  /** Not delivered again when its worker dies. */
  readonly atMostOnce?: true;
  readonly auth?: {
    readonly identity: string;
    readonly ok?: Answer;
    readonly fail?: Answer;
    readonly early?: Answer;
    readonly within: number;
    readonly tries: number;
  };
  readonly heartbeat?: { readonly reply?: Answer; readonly every: number; readonly miss: number };
  readonly reply?: Answer & { readonly mode: 'auto' | 'after-handler' | 'manual' };
  readonly expects?: {
    readonly messages: readonly string[];
    readonly match: readonly { readonly answer: string; readonly request: string }[];
    readonly within: number;
    readonly retries: number;
  };
}

export interface Vector {
  readonly place: Place;
  readonly dir: 'up' | 'down';
  readonly raw: Uint8Array;
  readonly is?: string;
  /** Plain JSON-like data, as YAML gives it. */
  readonly value?: Readonly<Record<string, unknown>>;
  readonly bad?: string;
  readonly note?: string;
  readonly state?: 'new' | 'open';
  readonly awaiting?: string;
  readonly request?: Readonly<Record<string, unknown>>;
  readonly conn?: Readonly<Record<string, number>>;
}

/** How parts of a message are put together. */
export interface Fragments {
  readonly when?: Expr;
  readonly key: readonly Expr[];
  readonly index: Expr;
  readonly total: Expr;
  /** The body, or a list of one message. */
  readonly join: string;
  readonly limits: { readonly bytes: number; readonly open: number; readonly ttl: number };
}

export interface ProtocolModel {
  /** The schema's file name without folders. */
  readonly file: string;
  /** Where it stands. */
  readonly folder: string;
  readonly hash: string;
  readonly id: string;
  readonly version: string;
  readonly doc?: string;
  /** Character set of lines and of texts that name no other. */
  readonly charset: Charset;
  readonly limits: { readonly frame: number; readonly list: number; readonly string: number; readonly idle: number };
  /** Shapes of frames, in the order in which they are tried. */
  readonly frames: readonly Frame[];
  readonly enums: readonly EnumSet[];
  readonly flags: readonly FlagSet[];
  readonly structs: readonly Struct[];
  readonly messages: readonly Message[];
  /** `keep`: deliver frames of unknown id, or with a body that does not fit, as bytes. */
  readonly unknown: { readonly id: boolean; readonly body: boolean; readonly reply?: Answer };
  readonly fragments?: Fragments;
  /** `false`: the schema says that no login is meant. */
  readonly login: boolean;
  /** A connection without login is known by its remote address. */
  readonly peerIdentity: boolean;
  readonly vectors: readonly Vector[];
}

/** Frames that are text. */
export function isText(frame: Frame): boolean {
  return frame.text !== undefined;
}
