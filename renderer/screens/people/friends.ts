import type { PeerView } from '../../../shared/api/views/peer-views.ts';
import type { PersonView } from '../../../shared/api/views/room-views.ts';
import { visible } from '../../../shared/unicode/visible.ts';
import { list } from '../../text/format.ts';
import { partsOf } from '../rooms/members/people.ts';

const namesMax = 3;

/** Another server, as its people. */
export interface Friends {
  readonly serverName: string;
  /** The people who are known there, or the server itself if nobody is. */
  readonly name: string;
  /** The user whose face stands for them, or the server's name. */
  readonly face: string;
  /** The hash of that user's picture. */
  readonly picture: string | null;
  readonly people: readonly PersonView[];
}

export const nameOf = ({ user_id, display_name }: Pick<PersonView, 'user_id' | 'display_name'>): string =>
  display_name === null ? partsOf(user_id).name : visible(display_name);

export interface Friend extends Friends {
  readonly peer: PeerView;
}

/** A server as its people: a friend has a name, and a server only an address. */
export function friendsAt(serverName: string, everyone: readonly PersonView[]): Friends {
  const people = everyone.filter(({ user_id }) => partsOf(user_id).server === serverName);
  const names = people.slice(0, namesMax).map(nameOf);
  const more = people.length > namesMax ? ['…'] : [];
  return {
    serverName,
    name: names.length === 0 ? visible(serverName) : list([...names, ...more]),
    face: people[0]?.user_id ?? serverName,
    picture: people[0]?.picture ?? null,
    people,
  };
}

export const friendOf = (peer: PeerView, everyone: readonly PersonView[]): Friend => ({
  ...friendsAt(peer.server_name, everyone),
  peer,
});

/** The server's name, to be shown below the name of its people; `undefined` if it stands there already. */
export const serverBelow = ({ people, serverName }: Friends): string | undefined =>
  people.length === 0 ? undefined : visible(serverName);
