import type { Store } from './store.ts';

type Public<T> = Pick<T, keyof T>;

/** The store as the modules above it see it. They don't know which database engine is used. */
type Offered = { readonly [K in Exclude<keyof Store, 'close' | 'onRollback'>]: Public<Store[K]> } & Pick<
  Store,
  'onRollback'
>;

/** The tables that a part uses, by name. Nothing above the store gets all of them, except the code that creates it. */
export type Tables<K extends keyof Offered> = Pick<Offered, K>;
