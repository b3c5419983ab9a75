import { storeSaid } from '../../shared/words/said.ts';
import type { ApiParts } from './parts.ts';
import { peerViews } from './peers.ts';

/** Tells readers, each time it is called, of peers whose state is another than the last time: silence makes no noise. */
export function peerStateNews(parts: ApiParts): () => void {
  let told = new Map<string, string>();
  return () => {
    const view = peerViews(parts);
    const now = new Map(
      parts.directory.all().map((peer) => {
        const { state, state_text } = view(peer);
        return [peer.server_name, `${state} ${storeSaid(state_text)}`];
      }),
    );
    for (const [server_name, words] of now)
      if ((told.get(server_name) ?? words) !== words) parts.changes.publish({ topic: 'peer', server_name });
    told = now;
  };
}
