/** The steps of the first run. The address names the step, so that a reload returns to it. */
const places = ['start', 'where', 'name', 'invited', 'restore', 'send'] as const;
export type Place = (typeof places)[number];

/** The only one that a server with a name still has. */
const last: Place = 'send';

export const isLast = (named: string | undefined): boolean => named === last;

/** Before it is known who somebody is, only their name is asked for, or their old server's. */
export function placeOf(
  named: string | undefined,
  { isNamed, isSetUp }: { readonly isNamed: boolean; readonly isSetUp: boolean },
): Place {
  if (isLast(named) && isSetUp) return last;
  const place = places.find((one) => one === named) ?? 'start';
  return place === 'restore' || (isNamed && !isLast(place)) ? place : 'start';
}
