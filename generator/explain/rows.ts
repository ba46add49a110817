/** A frame as rows: one for each element, field, item and bit, in the order of the wire, without gaps. */
import type { Problem } from '../../src/codec/index.js';
import { holdsSecret } from '../model/secrets.js';
import { fixedSize } from '../model/sizes.js';
import { showNode } from './show-value.js';
import type { TraceNode } from './trace.js';

export interface Row {
  readonly depth: number;
  /** `seen[0].pos.x`; empty for what only delimits. */
  readonly path: string;
  readonly name: string;
  /** Bytes `[from, to)` of the buffer that was decoded. */
  readonly from: number;
  readonly to: number;
  /** Part of the bytes of the row before. */
  readonly isPart: boolean;
  readonly value: string;
  readonly note: string;
  readonly unit?: string;
  /** What the decoder made of it; missing for what holds other rows. */
  readonly decoded?: unknown;
  readonly raw?: unknown;
  readonly broken: boolean;
  /** It is secret, stands in what is, or may be part of it. */
  readonly secret: boolean;
}

/** Where a secret may stand although no field says so. */
export interface SecretPlaces {
  /** In bytes that could not be read. */
  readonly unread: boolean;
  /** In items with these tags that could not be read as what they are. */
  readonly tags: ReadonlySet<number>;
}

/** Bytes that no field has, in front of which reading has stopped. */
const UNREAD = 'not read';

export class RowMaker {
  readonly #rows: Row[] = [];
  readonly #b: Uint8Array;
  readonly #stop: number;
  readonly #problem: Problem | undefined;
  readonly #broken: TraceNode | undefined;
  readonly #secrets: SecretPlaces;

  /**
   * @param stop where the frame ends
   * @param broken where reading has failed
   */
  constructor(
    b: Uint8Array,
    stop: number,
    problem: Problem | undefined,
    broken: TraceNode | undefined,
    secrets: SecretPlaces,
  ) {
    this.#secrets = secrets;
    this.#broken = broken;
    this.#b = b;
    this.#stop = stop;
    this.#problem = problem;
  }

  /** The rows of the whole frame. */
  run(nodes: readonly TraceNode[]): readonly Row[] {
    this.#run(nodes, 0, this.#stop);
    return this.#rows;
  }

  /**
   * The rows of everything in `[from, to)`.
   * @param secret it is part of something secret
   * @param holds the field around it is secret somewhere
   */
  #run(
    nodes: readonly TraceNode[],
    from: number,
    to: number,
    depth = 0,
    path = '',
    secret = false,
    holds = false,
  ): void {
    let at = from;
    for (const node of nodes) {
      const begin = Math.min(node.from, to);
      if (begin > at) this.#gap(at, begin, depth, secret);
      at = Math.max(at, this.#node(node, to, depth, path, secret, holds));
    }
    if (at < to) this.#gap(at, to, depth, secret);
  }

  /** Returns where the next one begins. */
  #node(node: TraceNode, limit: number, depth: number, path: string, within: boolean, around: boolean): number {
    const { field, kind, from } = node;
    const secret = within || field?.secret === true || this.#mayBeSecret(node);
    // Of what could not be read, nobody knows where in it the secret stands.
    const holds = field === undefined ? around : holdsSecret(field);
    const end = Math.min(node.to ?? this.#brokenEnd(node, limit), this.#stop);
    if (kind === 'body') {
      // In a frame that is wrong, a secret may stand in the place of something else.
      this.#run(node.children, from, end, depth, path, this.#secrets.unread && this.#problem !== undefined);
      return end;
    }
    const name = nameOf(node);
    const inner = kind === 'item' ? `${path}${name}` : path === '' ? name : `${path}.${name}`;
    const only = node.children[0];
    if (isSimpleItem(node) && only !== undefined) {
      // The value of a tagged item stands in the row of its tag.
      const { field: told, value, raw, bits } = only;
      const item = { ...node, field: told, value, raw, bits, to: only.to, children: [] };
      this.#row(item, from, end, depth, inner, secret || holds || told?.secret === true);
      return end;
    }
    const isOpened = node.children.some(c => c.children.length > 0 || c.kind !== 'item') || node.to === undefined;
    if (node.children.length === 0 || !isOpened) {
      this.#row(node, from, end, depth, inner, secret || holds);
      return end;
    }
    const head = Math.min(node.children[0]!.from, end);
    const { value, note } = showNode({ ...node, value: undefined }, this.#b.subarray(from, head));
    const said = field === undefined ? '' : value;
    const row = this.#plain(depth, inner, name, from, head, said, note, secret);
    this.#rows.push({ ...row, broken: node === this.#broken });
    // The one value of a tagged item has the name of the item.
    const isItsValue = kind === 'tagged' && node.children.length === 1 && only?.field?.name === name;
    this.#run(node.children, head, end, depth + 1, isItsValue ? path : inner, secret, holds);
    return end;
  }

  #row(node: TraceNode, from: number, to: number, depth: number, path: string, secret: boolean): void {
    const { field } = node;
    const broken = node === this.#broken;
    const body = node.prefix === undefined ? from : Math.min(node.prefix.to, to);
    const { value, note } = showNode(node, this.#b.subarray(body, to));
    this.#rows.push({
      ...this.#plain(depth, path, nameOf(node), from, to, value, note, secret),
      ...(field?.unit === undefined ? {} : { unit: field.unit }),
      ...(broken || node.value === undefined ? {} : { decoded: node.value }),
      ...(node.raw === undefined ? {} : { raw: node.raw }),
      broken,
    });
    const bits = Object.entries(node.bits ?? {});
    if (field?.type.kind !== 'bits') return;
    for (const [name, n] of bits) {
      const bit = field.type.bits.find(b => b.name === name)!;
      const last = bit.shift + bit.width - 1;
      const which = bit.width === 1 ? `bit ${bit.shift}` : `bits ${last}..${bit.shift}`;
      const auto = bit.auto?.kind === 'size' ? `, size of ${bit.auto.range.from}` : '';
      this.#rows.push({
        ...this.#plain(depth + 1, `${path}.${name}`, name, from, to, String(n), `${which}${auto}`, secret),
        decoded: n,
        isPart: true,
      });
    }
  }

  #gap(from: number, to: number, depth: number, within: boolean): void {
    const isLeftOver = this.#problem?.code === 'TRAILING' && this.#problem.offset === from;
    const secret = within || this.#secrets.unread;
    this.#rows.push(this.#plain(depth, '', isLeftOver ? 'left over' : UNREAD, from, to, '', '', secret));
  }

  #mayBeSecret({ kind, field, number }: TraceNode): boolean {
    if (kind === 'tail') return this.#secrets.unread;
    return kind === 'tagged' && field === undefined && this.#secrets.tags.has(number);
  }

  #plain(
    depth: number,
    path: string,
    name: string,
    from: number,
    to: number,
    value: string,
    note: string,
    secret: boolean,
  ): Row {
    return { depth, path, name, from, to, value, note, isPart: false, broken: false, secret };
  }

  /** Where a field ends that could not be read: as far as that is known. */
  #brokenEnd({ field, from, prefix }: TraceNode, limit: number): number {
    const size = field === undefined ? undefined : fixedSize(field.type);
    if (size !== undefined) return Math.min(limit, from + size);
    if (prefix === undefined) return limit;
    // Its size is what is wrong: that is all of it.
    if (this.#problem !== undefined && ['LIMIT', 'COUNT', 'SIZE'].includes(this.#problem.code)) return prefix.to;
    return field?.type.kind === 'list' ? limit : Math.min(limit, prefix.to + prefix.count);
  }
}

function nameOf(node: TraceNode): string {
  if (node.kind === 'item') return `[${node.number}]`;
  if (node.kind === 'tail') return 'tail';
  return node.field?.name ?? 'unknown';
}

/** A tagged item with one plain value. */
function isSimpleItem({ kind, children }: TraceNode): boolean {
  const [only, ...others] = children;
  return kind === 'tagged' && others.length === 0 && only !== undefined && only.children.length === 0;
}
