/** What `gw-gen decode` prints of a frame. Secrets are masked, unless the result says that it has none. */
import { type FrameResult, MASK, maskSecrets } from '../../src/codec/index.js';
import { showLine } from '../schema/byte-literal.js';
import { jsonLine, out } from './output.js';

/** For people. */
export function frameText(r: FrameResult): string {
  if (!r.ok) {
    const where = r.field === '' ? `byte ${r.offset}` : `byte ${r.offset}, field ${r.field}`;
    const bytes = r.secret ? out.dim('a secret may stand in its bytes: --show-secrets shows them') : showLine(r.raw);
    return `${out.red('refused')} ${where}: ${r.text} ${out.dim(`[${r.code}]`)}\n  ${bytes}`;
  }
  const id = typeof r.id === 'number' ? ` ${out.dim(`0x${r.id.toString(16).padStart(2, '0')}`)}` : '';
  const lines = Object.entries(maskSecrets(r.value, r.secrets))
    .filter(([, v]) => v !== undefined)
    .map(([key, v]) => `  ${out.cyan(key)}: ${v === MASK ? MASK : jsonLine(v)}`);
  return [`${out.green(r.message)}${id} ${out.dim(`${r.bytes} bytes`)}`, ...lines].join('\n');
}

/** For programs: one JSON object. */
export function frameObject(r: FrameResult): string {
  if (r.ok) {
    const { ok, message, id, bytes } = r;
    // Messages that are text have no id; the key is there all the same.
    return jsonLine({ ok, message, id: id ?? null, value: maskSecrets(r.value, r.secrets), bytes });
  }
  const { ok, code, offset, field, text } = r;
  return jsonLine({ ok, code, offset, field, text });
}
