/**
 * How something is doing, the same everywhere: `ok`; `waiting`, with nothing to do; `needs` the reader; `broken`:
 * something is lost or stands still for everybody.
 */
export type Standing = 'ok' | 'waiting' | 'needs' | 'broken';
