/** Scales as exact fractions: `0.01` is 1/100, `1/1800000` is itself, `0.0054931640625` is 45/8192. */

export interface Fraction {
  /** Numerator. */
  readonly down: number;
  /** Denominator. */
  readonly up: number;
}

/** The fraction in lowest terms, or `undefined` where `text` is no positive number or needs more than 2^53. */
export function parseFraction(text: string): Fraction | undefined {
  const [top, bottom, more] = text.split('/').map(part => decimal(part.trim()));
  if (top === undefined || more !== undefined || (text.includes('/') && bottom === undefined)) return undefined;
  const over = bottom ?? { n: 1n, d: 1n };
  const n = top.n * over.d;
  const d = top.d * over.n;
  if (n <= 0n || d <= 0n) return undefined;
  const g = gcd(n, d);
  const down = Number(n / g);
  const up = Number(d / g);
  return Number.isSafeInteger(down) && Number.isSafeInteger(up) ? { down, up } : undefined;
}

function decimal(text: string): { n: bigint; d: bigint } | undefined {
  const m = /^(\d*)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i.exec(text);
  if (m === null || (m[1] === '' && m[2] === undefined)) return undefined;
  const fraction = m[2] ?? '';
  const exponent = Number(m[3] ?? 0) - fraction.length;
  const digits = BigInt((m[1] ?? '') + fraction);
  return exponent >= 0 ? { n: digits * 10n ** BigInt(exponent), d: 1n } : { n: digits, d: 10n ** BigInt(-exponent) };
}

function gcd(a: bigint, b: bigint): bigint {
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}
