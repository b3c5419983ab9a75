export interface ReachTiming {
  /** What routers are asked for; two hours is what RFC 6886 recommends. */
  readonly lifetimeS: number;
  /** A mapping is renewed at half its lifetime, but no less often than this: so a changed address is noticed. */
  readonly renewMsMax: number;
  /** RFC 6887 section 11.2.1. */
  readonly renewMsMin: number;
  /** After a first failure; each further one doubles it. */
  readonly failureMsMin: number;
  readonly failureMsMax: number;
  /** Where there is nothing to map, the network is looked at again after this. */
  readonly recheckMs: number;
  /** After a router said that it was restarted, so that not all of a home ask at once. */
  readonly announceSpreadMs: number;
  readonly withdrawMsMax: number;
}

export const reachTiming: ReachTiming = {
  lifetimeS: 7_200,
  renewMsMax: 10 * 60_000,
  renewMsMin: 4_000,
  failureMsMin: 30_000,
  failureMsMax: 15 * 60_000,
  recheckMs: 5 * 60_000,
  announceSpreadMs: 1_000,
  withdrawMsMax: 2_000,
};
