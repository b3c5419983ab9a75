/** The steps of the first run. The address names the step, so that a reload returns to it. */
const places = ['start', 'name', 'invited', 'restore'] as const;
export type Place = (typeof places)[number];

/** If an invite was opened, the first choice is already made. */
export const placeOf = (named: string | undefined, hasInvite: boolean): Place =>
  places.find((one) => one === named) ?? (hasInvite ? 'name' : 'start');
