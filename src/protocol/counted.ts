/** What a role counts: a function for each name, which looks at what is there when it is asked. */
type Counters<S> = { readonly [name: string]: (subject: S) => unknown };

/** The counts under these names. */
export type Counted<C extends Counters<never>> = { readonly [K in keyof C]: ReturnType<C[K]> };

export function countedIn<S, C extends Counters<S>>(counters: C, subject: S): Counted<C> {
  return Object.fromEntries(Object.entries(counters).map(([name, count]) => [name, count(subject)])) as Counted<C>;
}
