/** States who may call what, for each procedure and each topic. `main/access/policy.ts` decides by it. */

/** People who can log in, from those who may least to the one who may most. */
export const roles = ['guest', 'child', 'member', 'admin', 'owner'] as const;
export type Role = (typeof roles)[number];

/** `machine`: the owner's programs and console on the machine itself. */
export type Level = Role | 'machine';

/** Asked for each change and each who may receive it, so it isn't searched for. */
const rank = Object.fromEntries([...roles, 'machine'].map((level, at) => [level, at])) as Record<
  Level,
  number
>;

export interface Access {
  /** The lowest level of a person who may. */
  readonly least: Level;
  /**
   * The things that it is about. `own`: the caller, and what is open to them. `room`: a room that the caller is in.
   * `person`: somebody below the caller. `node`: the server.
   */
  readonly over: 'own' | 'room' | 'person' | 'node';
  /** Whether a bot may, too. */
  readonly bots: boolean;
}

export const by = (least: Level, over: Access['over'], bots?: 'bots'): Access => ({
  least,
  over,
  bots: bots === 'bots',
});

export const isAtLeast = (level: Level, least: Level): boolean => rank[level] >= rank[least];

/**
 * Whether one may decide about the other: give them this role, or take it from them. Everybody is above somebody who
 * has none.
 */
export const isAbove = (level: Level, other: Role | null | undefined): boolean =>
  other == null || rank[level] > rank[other];
