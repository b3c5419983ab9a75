import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import { parseUserId } from '../../shared/protocol/identifiers.ts';
import type { Value } from '../../shared/words/messages.ts';
import { said } from '../../shared/words/said.ts';
import { nameIn } from '../events/projection/stored.ts';
import { readable } from '../store/disk-watch.ts';
import type { Tables } from '../store/ports.ts';

/** The names by which a reader knows another server. */
export interface Called {
  /** Ben, or the server's name if nobody is known there or too many are. */
  readonly who: Value;
  /** Ben’s server, or the server's name. */
  readonly server: Value;
}

/** A server with more people than a household has is known by its own name. */
const householdMax = 4;
const nameMax = 100;

/**
 * Names the servers by the first person of each who came into a room here. If two would have the same name, both keep
 * their server's. Reads the names when the first one is needed, because most surveys need none.
 */
export function serversCalled(
  store: Tables<'events' | 'listings'>,
  servers: readonly string[],
): (server: string) => Called {
  let names: ReadonlyMap<string, string> | null = null;
  return (server) => {
    const nameOf = () => {
      names ??= readable(
        () => unmistakable(servers.map((each) => [each, firstPersonAt(store, each)] as const)),
        new Map(),
      );
      return names.get(server) ?? null;
    };
    return {
      get who() {
        return nameOf() ?? server;
      },
      get server() {
        const who = nameOf();
        return who === null ? server : serverOf(who);
      },
    };
  };
}

function firstPersonAt({ listings, events }: Tables<'events' | 'listings'>, server: string): string | null {
  const people = listings.peopleAt(server, householdMax + 1);
  const [first] = people;
  if (first === undefined || people.length > householdMax) return null;
  return plainText(nameIn(events.profile(first, null)) ?? parseUserId(first).localpart, nameMax);
}

function unmistakable(
  named: readonly (readonly [server: string, name: string | null])[],
): Map<string, string> {
  const byName = Map.groupBy(named, ([, name]) => name?.toLowerCase() ?? null);
  return new Map(
    named.flatMap(([server, name]) =>
      name === null || byName.get(name.toLowerCase())?.length !== 1 ? [] : [[server, name] as const],
    ),
  );
}

/** German puts an apostrophe instead of the s after these letters. */
const serverOf = (name: string): Value =>
  /[sßxz]$/i.test(name) ? said('plain.server_of_s', { name }) : said('plain.server_of', { name });
