/** Text made safe for Markdown: what a schema says must not become formatting, a table cell or HTML. */
import type { DocsView } from './emit-docs.js';

/** Printed inside a fenced block. */
const VERBATIM = new Set(['drawing', 'explained', 'to', 'anchor', 'file', 'hash']);
/** Printed as code: there only a bar could end the cell of a table. */
const CODE = new Set(['name', 'type', 'template', 'id', 'hex', 'offset', 'message']);

export function markdownView(view: DocsView): DocsView {
  return safe(view, '') as DocsView;
}

function safe(value: unknown, key: string): unknown {
  if (typeof value === 'string') return VERBATIM.has(key) ? value : CODE.has(key) ? codeText(value) : prose(value);
  if (Array.isArray(value)) return value.map(item => safe(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, safe(v, k)]));
}

const codeText = (text: string): string => text.replaceAll('|', '\\|').replaceAll('`', "'");

const prose = (text: string): string =>
  SPECIAL.test(text) ? text.replace(/\s*\n\s*/g, ' ').replace(/[\\`*_<>[\]|]/g, '\\$&') : text;

const SPECIAL = /[\n\\`*_<>[\]|]/;
