import { forbidden } from '../../../shared/protocol/errors.ts';
import { said } from '../../../shared/words/said.ts';
import type { Tell } from '../../facts.ts';
import type { PeerRow } from '../../store/tables/peer-store.ts';
import type { ReplayGuard } from '../../trust/limits/replay-guard.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import type { Authenticated, Authenticator, Terms } from './authenticate.ts';
import type { FederationRequest } from './request.ts';

export interface CallersDeps {
  readonly authenticator: Authenticator;
  readonly replay: Pick<ReplayGuard, 'keep'>;
  readonly directory: Pick<PeerDirectory, 'get' | 'isOfOurKind'>;
  readonly tell: Tell;
}

/** Finds out who makes a call other than a push of events. */
export class Callers {
  readonly #deps: CallersDeps;

  constructor(deps: CallersDeps) {
    this.#deps = deps;
  }

  /** Authenticates a call of the draft, and remembers it on disk before anything is answered. */
  async of(request: FederationRequest, terms: Terms = {}): Promise<Authenticated> {
    const { authenticator, replay } = this.#deps;
    const by = await authenticator.authenticate(request, terms);
    await replay.keep(by.signature);
    return by;
  }

  /** The same for a call that the draft doesn't have. A peer that makes such calls probably answers them too. */
  async beyondDraft(request: FederationRequest): Promise<Authenticated> {
    const { directory, tell } = this.#deps;
    const by = await this.of(request, { isBeyondDraft: true });
    if (directory.isOfOurKind(by.origin) !== true) tell({ fact: 'extensions-doubted', server: by.origin });
    return by;
  }

  /**
   * The same for a call that does nothing which lasts: it isn't remembered on disk, and after a restart a repeated one
   * counts again.
   */
  fleeting(request: FederationRequest): Promise<Authenticated> {
    return this.#deps.authenticator.authenticate(request, { isBeyondDraft: true });
  }

  /** The same for a call of ours that only a peer may make. */
  async peer(request: FederationRequest): Promise<{ readonly by: Authenticated; readonly peer: PeerRow }> {
    const by = await this.beyondDraft(request);
    const peer = this.#deps.directory.get(by.origin);
    if (!peer) throw forbidden(said('wire.no_peer', { server: by.origin }), { reason: 'origin_unknown' });
    return { by, peer };
  }
}
