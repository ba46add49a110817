/** As much of JSON Schema as wire.schema.json uses; a keyword that is not known here is an error. */
import { isDeepStrictEqual } from 'node:util';

type Schema = { readonly [keyword: string]: unknown };
type Check = (value: unknown, at: string) => string[];

/** What is wrong with `value`, as `path: reason`. */
export function problemsOf(root: Schema, value: unknown): string[] {
  return check(root, value, '');

  function check(schema: Schema, value: unknown, at: string): string[] {
    return Object.entries(schema).flatMap(([keyword, rule]) => {
      const known = keywords(schema, rule)[keyword];
      if (known === undefined) throw new Error(`unknown keyword "${keyword}"`);
      return known(value, at);
    });
  }

  function keywords(schema: Schema, rule: unknown): Readonly<Record<string, Check>> {
    const fits = (part: unknown, value: unknown): boolean => check(part as Schema, value, '').length === 0;
    const when = (holds: boolean, at: string, reason: string): string[] => (holds ? [] : [`${at}: ${reason}`]);
    const none: Check = () => [];
    return {
      $schema: none,
      title: none,
      description: none,
      definitions: none,
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: none,
      else: none,
      $ref: (v, at) => check(lookUp(String(rule)), v, at),
      const: (v, at) => when(isDeepStrictEqual(v, rule), at, `must be ${rule}`),
      enum: (v, at) => when((rule as unknown[]).includes(v), at, `must be one of ${rule}`),
      type: (v, at) =>
        when(
          [rule].flat().some(type => isOf(String(type), v)),
          at,
          `must be ${rule}`,
        ),
      pattern: (v, at) => when(typeof v !== 'string' || new RegExp(String(rule)).test(v), at, `must match ${rule}`),
      minimum: (v, at) => when(typeof v !== 'number' || v >= Number(rule), at, `must be at least ${rule}`),
      anyOf: (v, at) =>
        when(
          (rule as unknown[]).some(part => fits(part, v)),
          at,
          'fits none of the alternatives',
        ),
      if: (v, at) => check((schema[fits(rule, v) ? 'then' : 'else'] ?? {}) as Schema, v, at),
      items: (v, at) => (Array.isArray(v) ? v.flatMap((item, i) => check(rule as Schema, item, `${at}/${i}`)) : []),
      required: (v, at) =>
        isOf('object', v)
          ? (rule as string[]).filter(key => !Object.hasOwn(v as object, key)).map(key => `${at}: has no ${key}`)
          : [],
      properties: (v, at) =>
        members(v).flatMap(([key, x]) =>
          Object.hasOwn(rule as object, key) ? check((rule as Record<string, Schema>)[key]!, x, `${at}/${key}`) : [],
        ),
      additionalProperties: (v, at) =>
        members(v)
          .filter(([key]) => !Object.hasOwn((schema.properties as object | undefined) ?? {}, key))
          .flatMap(([key, x]) =>
            rule === false ? [`${at}: unknown ${key}`] : check(rule as Schema, x, `${at}/${key}`),
          ),
    };
  }

  function lookUp(path: string): Schema {
    const parts = path.replace(/^#\//, '').split('/');
    return parts.reduce<unknown>((part, key) => (part as Schema)[key], root) as Schema;
  }
}

function members(v: unknown): [string, unknown][] {
  return isOf('object', v) ? Object.entries(v as object) : [];
}

function isOf(type: string, v: unknown): boolean {
  if (type === 'array') return Array.isArray(v);
  if (type === 'object') return typeof v === 'object' && v !== null && !Array.isArray(v);
  return type === 'integer' ? Number.isInteger(v) : typeof v === type;
}
