/** A message as its users see it. */
export interface Shown {
  readonly room: string;
  readonly eventId: string;
  readonly channel: string;
  readonly sender: string;
  body: string;
  /** Who reacted with what. */
  readonly reactions: Set<string>;
}

export interface Channel {
  name: string;
  /** Whether @everyone sees it. */
  isPublic: boolean;
}

/** A guild of its own, or its mirror of another server's room. */
export interface Room {
  readonly id: string;
  readonly guild: string;
  /** The domain in its id, which decides about it. */
  readonly authority: string;
  name: string;
  /** A mirror exists once the authority's first message has arrived. */
  exists: boolean;
  /** May be known to other servers. */
  isLetOut: boolean;
  readonly channels: Map<string, Channel>;
  readonly members: Set<string>;
  readonly banned: Set<string>;
}

/** `@name:server`: the first colon splits. */
export const serverOf = (user: string): string | null => /^@[^:]+:(.+)$/s.exec(user)?.[1] ?? null;

export const hasMemberOf = (room: Room, servers: readonly string[]): boolean =>
  [...room.members].some((member) => servers.includes(serverOf(member) ?? ''));

export function roomOf(id: string, fields: Partial<Room> = {}): Room | null {
  const [, guild, authority] = /^!(\d{1,19}):(.+)$/s.exec(id) ?? [];
  if (guild === undefined || authority === undefined) return null;
  return {
    id,
    guild,
    authority,
    name: '',
    exists: false,
    isLetOut: true,
    channels: new Map(),
    members: new Set(),
    banned: new Set(),
    ...fields,
  };
}
