import type { Store } from './store.ts';

type Public<T> = Pick<T, keyof T>;

/** What the store offers to those above it. Which engine keeps the tables is not part of it. */
type Offered = { readonly [K in Exclude<keyof Store, 'close' | 'onRollback'>]: Public<Store[K]> } & Pick<
  Store,
  'onRollback'
>;

/** The tables that a part uses, by name: nobody above the store, except who makes it, is given all of them. */
export type Tables<K extends keyof Offered> = Pick<Offered, K>;
