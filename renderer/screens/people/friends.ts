import type { PeerView } from '../../../shared/api/views/peer-views.ts';
import type { PersonView } from '../../../shared/api/views/room-views.ts';
import { visible } from '../../../shared/unicode/visible.ts';
import { list } from '../../text/format.ts';
import { partsOf } from '../rooms/members/people.ts';

const namesMax = 3;

export interface Friend {
  readonly peer: PeerView;
  /** The people who are known there, or the server itself if nobody is. */
  readonly name: string;
  /** Whose face stands for them: a user ID, or the server's name. */
  readonly face: string;
  readonly people: readonly PersonView[];
}

export const nameOf = ({ user_id, display_name }: Pick<PersonView, 'user_id' | 'display_name'>): string =>
  display_name === null ? partsOf(user_id).name : visible(display_name);

/** A server as its people: a friend has a name, and a server only an address. */
export function friendOf(peer: PeerView, everyone: readonly PersonView[]): Friend {
  const people = everyone.filter(({ user_id }) => partsOf(user_id).server === peer.server_name);
  const names = people.slice(0, namesMax).map(nameOf);
  const more = people.length > namesMax ? ['…'] : [];
  return {
    peer,
    name: names.length === 0 ? visible(peer.server_name) : list([...names, ...more]),
    face: people[0]?.user_id ?? peer.server_name,
    people,
  };
}
