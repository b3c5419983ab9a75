import type { PeerMode } from '../../../shared/api/views/peer-views.ts';
import type { RecoveryView } from '../../../shared/api/views/recovery-views.ts';
import type { Friend } from '../people/friends.ts';

interface BackSteps {
  /** Everybody who was trusted, those who were found first. */
  readonly friends: readonly {
    readonly server: string;
    readonly name: string;
    readonly found: boolean;
    readonly messages: number;
  }[];
  /** Decisions from the backup or file that are still to be confirmed. */
  readonly trusted: readonly {
    readonly server: string;
    readonly name: string;
    readonly mode: PeerMode | 'known';
  }[];
}

/** Lists the friends of this server for the page after a loss. */
export function stepsOf(
  { answered, messages, unconfirmed }: Pick<RecoveryView, 'answered' | 'messages' | 'unconfirmed'>,
  everyone: readonly Friend[],
): BackSteps {
  const friends = everyone
    .filter(({ peer }) => peer.mode === 'allow')
    .map(({ peer: { server_name: server, kind, state }, name }) => ({
      server,
      name,
      // A server of another kind answers no such question, so it is found once it answers at all.
      found: answered.includes(server) || (kind === 'other' && state === 'ok'),
      messages: messages[server] ?? 0,
    }))
    .sort((a, b) => Number(b.found) - Number(a.found));
  const nameOf = (server: string) => everyone.find(({ peer }) => peer.server_name === server)?.name ?? server;
  return {
    friends,
    trusted: unconfirmed.map(({ server_name: server, mode }) => ({ server, mode, name: nameOf(server) })),
  };
}
