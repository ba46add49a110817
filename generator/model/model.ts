/**
 * The one picture of a protocol: names and types resolved, sizes known, expressions read. Everything that is generated is
 * generated from this, never from the YAML.
 */
import type { Expr } from '../schema/expression.js';
import type { Place } from '../schema/source.js';

export type Endian = 'big' | 'little';
export type Charset = 'ascii' | 'utf8' | 'latin1';
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
  | { readonly kind: 'expr'; readonly expr: Expr };

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
}

export interface BitsType {
  readonly kind: 'bits';
  readonly word: IntType;
  readonly bits: readonly Bit[];
}

export interface FlagsType {
  readonly kind: 'flags';
  readonly word: IntType;
  readonly set: FlagSet;
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
}

export interface CheckAlgorithm {
  /** As the schema writes it: `crc16/x25`. */
  readonly name: string;
  /** What `framegate/codec` exports: `crc16X25`. */
  readonly function: string;
  readonly bytes: number;
}

export type TimeType =
  | { readonly kind: 'time'; readonly form: 'u8' | 'bcd'; readonly zone: number }
  | { readonly kind: 'time'; readonly form: 'count'; readonly word: IntType; readonly perUnit: number };

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
  | { readonly kind: 'bcd'; readonly bytes: number }
  | TimeType
  | ListType
  | { readonly kind: 'struct'; readonly struct: Struct }
  /** Tagged items in so many bytes; `struct.tlv` says how they are written. */
  | { readonly kind: 'tlv'; readonly struct: Struct; readonly size: Size }
  | MagicType
  | CaseType
  | CheckType
  | { readonly kind: 'body' }
  /** Parts of a text template. `word`: no spaces. `rest`: anything, also nothing. */
  | { readonly kind: 'word' }
  | { readonly kind: 'rest' };

/** A run of elements, both ends included. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

/** `covers` counts wire bytes of elements; `count` counts items; `present` is the mask of what is given. */
export type Auto =
  | { readonly kind: 'size'; readonly range: Range }
  | { readonly kind: 'count'; readonly of: string }
  | { readonly kind: 'present' };

export interface Valid {
  readonly min?: number;
  readonly max?: number;
  readonly len?: { readonly min: number; readonly max: number };
  /** Source of a regular expression. */
  readonly match?: string;
}

export interface Field {
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
  /** Which bit of which field holds the sign; `inverted`: set means positive. */
  readonly negative?: { readonly field: string; readonly bit: string; readonly inverted: boolean };
  readonly none?: number;
  readonly enum?: { readonly set: EnumSet; readonly open: boolean };
  readonly valid?: Valid;
  readonly bad: 'drop' | 'warn';
  readonly default?: number | string | boolean;
  /** `trim: left0`. */
  readonly trim: boolean;
  /** In a tagged type: the item need not be there. */
  readonly optional?: boolean;
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
  readonly doc?: string;
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
  | { readonly by: 'line'; readonly skipEmpty: boolean };

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
  /** Elements around and with the body; empty for text. */
  readonly layout: readonly Field[];
  /** The name of the form that an encoder takes, as an expression; by the size of the body. */
  readonly pick?: { readonly element: string; readonly expr: Expr };
}

export interface Answer {
  readonly message: string;
  /** Fields of the answer, as expressions over the request. */
  readonly with: readonly { readonly field: string; readonly expr: Expr }[];
}

export type TemplatePart = { readonly literal: string } | { readonly field: Field };

export interface Message {
  readonly name: string;
  readonly place: Place;
  readonly dir: Dir;
  /** The shape of its frames. */
  readonly frame: Frame;
  readonly doc?: string;
  /** Ids, or whatever id the request had; empty for text messages. */
  readonly ids: readonly number[];
  readonly sameId: boolean;
  readonly template?: readonly TemplatePart[];
  readonly otherwise: boolean;
  readonly fields: readonly Field[];
  readonly echoSerial: boolean;
  readonly anyAccess: boolean;
  readonly closes: boolean;
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
}

export interface ProtocolModel {
  /** The schema's file name without folders. */
  readonly file: string;
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
  readonly unknown: { readonly id: boolean; readonly body: boolean };
  /** `false`: the schema says that no login is meant. */
  readonly login: boolean;
  readonly vectors: readonly Vector[];
}

/** Frames that are text: their messages are templates, not ids. */
export function isText(frame: Frame): boolean {
  return frame.split.by === 'line';
}
