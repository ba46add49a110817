/** A frame as rows: one for each element, field, item and bit, in the order of the wire, without gaps. */
import type { Problem } from '../../src/codec/index.js';
import { fixedSize } from '../model/sizes.js';
import { SECRET, showNode } from './show-value.js';
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
}

/** Bytes that no field has, in front of which reading has stopped. */
const UNREAD = 'not read';

export class RowMaker {
  readonly rows: Row[] = [];
  readonly #b: Uint8Array;
  readonly #stop: number;
  readonly #problem: Problem | undefined;
  readonly #broken: TraceNode | undefined;

  /**
   * @param stop where the frame ends
   * @param broken where reading has failed
   */
  constructor(b: Uint8Array, stop: number, problem: Problem | undefined, broken: TraceNode | undefined) {
    this.#broken = broken;
    this.#b = b;
    this.#stop = stop;
    this.#problem = problem;
  }

  /**
   * The rows of everything in `[from, to)`.
   * @param secret it is part of something secret
   */
  run(nodes: readonly TraceNode[], from: number, to: number, depth = 0, path = '', secret = false): void {
    let at = from;
    for (const node of nodes) {
      const begin = Math.min(node.from, to);
      if (begin > at) this.#gap(at, begin, depth);
      at = Math.max(at, this.#node(node, to, depth, path, secret));
    }
    if (at < to) this.#gap(at, to, depth);
  }

  /** Returns where the next one begins. */
  #node(node: TraceNode, limit: number, depth: number, path: string, within: boolean): number {
    const { field, kind, from } = node;
    const secret = within || field?.secret === true;
    const end = Math.min(node.to ?? this.#brokenEnd(node, limit), this.#stop);
    if (kind === 'body') {
      this.run(node.children, from, end, depth, path);
      return end;
    }
    const name = nameOf(node);
    const inner = kind === 'item' ? `${path}${name}` : path === '' ? name : `${path}.${name}`;
    const only = node.children[0];
    if (isSimpleItem(node) && only !== undefined) {
      // The value of a tagged item stands in the row of its tag.
      const { field: told, value, raw, bits } = only;
      this.#row({ ...node, field: told, value, raw, bits, to: only.to, children: [] }, from, end, depth, inner, secret);
      return end;
    }
    const isOpened = node.children.some(c => c.children.length > 0 || c.kind !== 'item') || node.to === undefined;
    if (node.children.length === 0 || !isOpened) {
      this.#row(node, from, end, depth, inner, secret);
      return end;
    }
    const head = Math.min(node.children[0]!.from, end);
    const { value, note } = showNode({ ...node, value: undefined }, this.#b.subarray(from, head), secret);
    const said = field === undefined ? '' : value;
    this.rows.push({ ...this.#plain(depth, inner, name, from, head, said, note), broken: node === this.#broken });
    this.run(node.children, head, end, depth + 1, inner, secret);
    return end;
  }

  #row(node: TraceNode, from: number, to: number, depth: number, path: string, secret: boolean): void {
    const { field } = node;
    const broken = node === this.#broken;
    const body = node.prefix === undefined ? from : Math.min(node.prefix.to, to);
    const { value, note } = showNode(node, this.#b.subarray(body, to), secret);
    this.rows.push({
      ...this.#plain(depth, path, nameOf(node), from, to, value, note),
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
      this.rows.push({
        ...this.#plain(depth + 1, `${path}.${name}`, name, from, to, secret ? SECRET : String(n), `${which}${auto}`),
        decoded: n,
        isPart: true,
      });
    }
  }

  #gap(from: number, to: number, depth: number): void {
    const isLeftOver = this.#problem?.code === 'TRAILING' && this.#problem.offset === from;
    this.rows.push(this.#plain(depth, '', isLeftOver ? 'left over' : UNREAD, from, to, '', ''));
  }

  #plain(depth: number, path: string, name: string, from: number, to: number, value: string, note: string): Row {
    return { depth, path, name, from, to, value, note, isPart: false, broken: false };
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
