/** Where the first run is; the address says it, so that a reload comes back here. */
const places = ['start', 'name', 'invited', 'restore'] as const;
export type Place = (typeof places)[number];

/** An opened invite is a choice already. */
export const placeOf = (named: string | undefined, hasInvite: boolean): Place =>
  places.find((one) => one === named) ?? (hasInvite ? 'name' : 'start');
