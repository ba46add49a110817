/** Tagged items: what is kept of those that a schema does not name, and in which order they stood. */
import { EncodeError, problemText } from './problem.js';
import type { Writer } from './writer.js';

export interface UnknownItem {
  tag: number;
  data: Uint8Array;
}

type ReadWord = (b: Uint8Array, o: number) => number;

/** Where tag and size of an item stand, and what its size counts. */
export interface ItemForm {
  readonly readTag: ReadWord;
  readonly tagAt: number;
  readonly readSize: ReadWord;
  readonly sizeAt: number;
  /** Bytes of tag and size together. */
  readonly head: number;
  /** How many of these the size counts. */
  readonly counted: number;
}

/** Adds an item to the list, which exists only once there is one. */
export function keepItem(list: UnknownItem[] | undefined, tag: number, data: Uint8Array): UnknownItem[] {
  if (list === undefined) return [{ tag, data }];
  list.push({ tag, data });
  return list;
}

/**
 * The tags of the items in `[o, end)`, in order; -1 - tag for an item of a declared tag that was kept as unknown.
 * @param declined where the bytes of those begin
 */
export function itemTags(
  b: Uint8Array,
  o: number,
  end: number,
  { readTag, tagAt, readSize, sizeAt, head, counted }: ItemForm,
  declined?: readonly number[],
): number[] {
  const tags: number[] = [];
  while (o < end) {
    const tag = readTag(b, o + tagAt);
    const size = readSize(b, o + sizeAt);
    tags.push(declined?.includes(o + head) === true ? -1 - tag : tag);
    o += head - counted + size;
  }
  return tags;
}

/** Puts the items behind `first` into the given order; items that it does not name follow. Unknown ones begin at `kept`. */
export function reorderItems(
  w: Writer,
  first: number,
  kept: number,
  order: readonly number[],
  { readTag, tagAt, readSize, sizeAt, head, counted }: ItemForm,
): void {
  if (!Array.isArray(order)) throw new EncodeError('TYPE', '$order', 'want a list of tags');
  const items: { tag: number; kept: boolean; bytes: Uint8Array }[] = [];
  for (let o = first; o < w.length; ) {
    const size = head - counted + readSize(w.bytes, o + sizeAt);
    items.push({ tag: readTag(w.bytes, o + tagAt), kept: o >= kept, bytes: w.bytes.slice(o, o + size) });
    o += size;
  }
  const sorted: typeof items = [];
  for (const tag of order) {
    const i = items.findIndex(item => (tag < 0 ? item.kept && item.tag === -1 - tag : item.tag === tag));
    if (i < 0) throw new EncodeError('RANGE', '$order', `it names tag ${tag} more often than there are such items`);
    sorted.push(...items.splice(i, 1));
  }
  w.length = first;
  for (const { bytes } of [...sorted, ...items]) w.append(bytes);
}

interface Kept {
  readonly unknown?: readonly UnknownItem[] | undefined;
  readonly tail?: Uint8Array | undefined;
}

/** Whether an item that is kept as bytes has one of `tags`. */
export function hasTag(items: readonly UnknownItem[] | undefined, tags: ReadonlySet<number>): boolean {
  if (items === undefined) return false;
  for (const { tag } of items) if (tags.has(tag)) return true;
  return false;
}

/**
 * What was written as bytes without a name must be read back as such.
 * @param again what a decoder makes of the items
 * @throws EncodeError `AMBIGUOUS` where it makes something else of them
 */
export function sameKept(v: Kept, again: Kept | undefined): void {
  if (again === undefined)
    throw new EncodeError('AMBIGUOUS', 'unknown', `the items would be refused: ${problemText()}`);
  if ((v.tail?.length ?? 0) !== (again.tail?.length ?? 0))
    throw new EncodeError('AMBIGUOUS', 'tail', 'it would be read as items');
  const [given, found] = [v.unknown ?? [], again.unknown ?? []];
  if (given.length !== found.length)
    throw new EncodeError(
      'AMBIGUOUS',
      'unknown',
      `of its ${given.length} items ${found.length} would be read back as unknown`,
    );
  const other = given.findIndex((item, i) => !isSame(item, found[i]!));
  if (other >= 0) throw new EncodeError('AMBIGUOUS', 'unknown', `item ${other} would be read back as another one`);
}

function isSame(a: UnknownItem, b: UnknownItem): boolean {
  return a.tag === b.tag && a.data.length === b.data.length && a.data.every((byte, i) => byte === b.data[i]);
}

/** An item that must be there. */
export function needed(v: unknown, field: string): void {
  if (v === undefined) throw new EncodeError('TYPE', field, 'it must be given');
}
