/**
 * One look for every schema: indentation of two spaces, `{ key: value }` and `[a, b]`, at most one blank line, one before
 * each section. What a person wrote stays: comments, the order of keys, and how numbers, texts and bytes are spelled.
 */
import {
  type CollectionTag,
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Node,
  parseDocument,
  type Scalar,
  type ScalarTag,
  type Tags,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { SchemaError } from '../schema/diagnostics.js';
import { SchemaSource } from '../schema/source.js';

/** Columns that a line in braces or brackets may take; what is longer is written without them, one entry a line. */
const LINE_WIDTH = 120;

/** Two do, but for comments in odd places. */
const MOST_ROUNDS = 8;

/** Sections that may stand close together. */
const DECLARATIONS: ReadonlySet<string> = new Set(['enums', 'flags', 'types']);

/**
 * The text of a schema as `gw-gen format` writes it; with Windows line ends where all are such. It means the same, and formatting it again changes nothing.
 *
 * @throws SchemaError where the text is no valid YAML; other mistakes of the schema do not matter here.
 */
export function formatSchema(file: string, text: string): string {
  const source = new SchemaSource(file, text);
  if (source.hasErrors) throw new SchemaError(source.diagnostics);
  // A comment behind braces that are broken now is printed at another place than where it is read from then.
  let last = text.replaceAll(/\r\n?/g, '\n');
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const next = printed(last);
    if (next === last) break;
    last = next;
  }
  return /\r\n/.test(text) && !/(?<!\r)\n/.test(text) ? last.replaceAll('\n', '\r\n') : last;
}

function printed(text: string): string {
  const keyWidths = new WeakMap<object, number>();
  const tooWide = new Set<Collection>();
  const document = parseDocument(text, {
    keepSourceTokens: true,
    uniqueKeys: false,
    customTags: tags => tags.map(tag => (typeof tag === 'string' ? tag : asWritten(tag, keyWidths, tooWide))) as Tags,
  });
  // Nothing, or comments alone: the library would write "null".
  if (document.contents === null) return text;
  visit(document, {
    Pair: (_, { key, value }) => {
      if (isCollection(value)) keyWidths.set(value, spelling(key).length + 2);
    },
    Collection: (_, node) => closeUp(node),
  });
  setSectionsApart(document);
  for (;;) {
    const out = document.toString({ lineWidth: LINE_WIDTH, trailingComma: true, commentString: comment });
    if (tooWide.size === 0) return out.replaceAll(/[ \t]+$/gm, '');
    for (const map of tooWide) map.flow = false;
    tooWide.clear();
  }
}

type Tag = ScalarTag | CollectionTag;
type Collection = YAMLMap | YAMLSeq;
type Printer = NonNullable<ScalarTag['stringify']>;

/** The tag, with a printer that keeps the spelling of scalars and knows the width of a line. */
function asWritten(tag: Tag, keyWidths: WeakMap<object, number>, tooWide: Set<Collection>): Tag {
  const stringify = tag.collection === undefined ? scalarPrinter(tag) : collectionPrinter(tag, keyWidths, tooWide);
  return { ...tag, stringify } as Tag;
}

function scalarPrinter({ stringify }: ScalarTag): Printer {
  return (item, ctx, ...done) => {
    const written = spelling(item);
    if (written !== '') return written;
    return stringify === undefined ? String(item.source ?? item.value) : stringify(item, ctx, ...done);
  };
}

/**
 * Spaces inside braces and none inside brackets; the whole line counts, not only what stands in the braces. Those that take
 * several lines, and stand in no others, are noted in `tooWide`.
 */
function collectionPrinter(
  { collection }: CollectionTag,
  keyWidths: WeakMap<object, number>,
  tooWide: Set<Collection>,
): Printer {
  const flowCollectionPadding = collection === 'map' ? ' ' : '';
  return (item, ctx, ...done) => {
    // `indent` is that of the entries; the key stands one step further left.
    const before = ctx.indent.length - ctx.indentStep.length + (keyWidths.get(item) ?? 0);
    const options = { ...ctx.options, lineWidth: Math.max(1, LINE_WIDTH - before) };
    const node = item as unknown as Collection;
    const out = node.toString({ ...ctx, options, flowCollectionPadding }, ...done);
    const isOutermost = node.flow === true && ctx.inFlow !== true && ctx.implicitKey !== true;
    if (isOutermost && out.includes('\n')) tooWide.add(node);
    return out;
  };
}

/** A scalar on one line, as it stands in the file; '' for one that takes several. */
function spelling(node: unknown): string {
  const token = isScalar(node) ? (node as Scalar.Parsed).srcToken : undefined;
  return token !== undefined && token.type !== 'block-scalar' && !token.source.includes('\n') ? token.source : '';
}

/** No blank line between a key and the first entry below it. */
function closeUp(node: Collection): void {
  const [first] = node.items;
  const top = isPair(first) ? first.key : first;
  if (typeof top === 'object' && top !== null) delete (top as Node).spaceBefore;
  delete node.spaceBefore;
}

/** A blank line before every section that takes more than one line. */
function setSectionsApart(document: Document.Parsed): void {
  if (!isMap(document.contents)) return;
  let before = '';
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const together = DECLARATIONS.has(before) && DECLARATIONS.has(name);
    if (before !== '' && !together && isCollection(value) && value.flow !== true) (key as Node).spaceBefore = true;
    before = name;
  }
}

function comment(text: string): string {
  return text
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/\n+$/, '\n')
    .replaceAll(/^(?!$)(?: $)?/gm, '#')
    .replaceAll(/[ \t]+$/gm, '');
}
