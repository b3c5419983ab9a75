import type { OwnIdentity } from '../identity/own-identity.ts';
import type { Kept } from '../identity/recovery-file.ts';
import type { Log } from '../kernel/log.ts';
import type { Tables } from '../store/ports.ts';
import { newPeer } from '../store/tables/peer-store.ts';
import type { Certificates } from '../tls/certificates.ts';
import type { KeyPins } from '../trust/keys/key-pins.ts';
import { acceptedUntil } from '../trust/keys/key-validity.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Recovery } from './recovery.ts';

interface Deps {
  readonly ownIdentity: Pick<OwnIdentity, 'export' | 'recover'>;
  readonly directory: PeerDirectory;
  readonly pins: Pick<KeyPins, 'pinWithin'>;
  readonly certificates: Pick<Certificates, 'ownKey' | 'useOwnKey'>;
  readonly recovery: Pick<Recovery, 'begin'>;
  readonly store: Tables<'writer'>;
  readonly log: Log;
}

/** Limits peers to those that fit into the text that a console may send. */
const peersMax = 1000;

/**
 * The recovery file: this server's keys, the TLS key that peers have pinned, and the peers themselves. So a server that
 * was lost finds its friends again, who return what they have of it.
 */
export class RecoveryFile {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  export(passphrase: string, save: (text: string) => Promise<void> = async () => {}) {
    const { ownIdentity, directory, certificates } = this.#deps;
    const peers = directory.all().flatMap((peer): Kept['peers'] => {
      const { server_name, domain, endpoint, endpoint_by_owner, tls_sha256, mode } = peer;
      const { mode_after, reason, until, extensions } = peer;
      if (mode === 'known') return [];
      const keys = directory
        .keysOf(server_name)
        .filter((key) => key.domain === null)
        .map((key) => ({
          key_id: key.key_id,
          public_key: key.public_key,
          valid_until: key.ended_at === null ? key.valid_until : acceptedUntil(key),
        }));
      const address = { endpoint, endpoint_by_owner, tls_sha256 };
      return [{ server_name, domain, ...address, mode, mode_after, reason, until, extensions, keys }];
    });
    return ownIdentity.export(
      passphrase,
      { tls_key: certificates.ownKey, peers: peers.slice(0, peersMax) },
      save,
    );
  }

  /** Throws as `OwnIdentity.recover` does. */
  async open(text: string, passphrase: string): Promise<void> {
    const { ownIdentity, recovery, directory, certificates } = this.#deps;
    const { isNew, kept } = await ownIdentity.recover(text, passphrase);
    // If it was that server already, a crash may have left the rest undone.
    if (kept.tls_key !== null && kept.tls_key !== certificates.ownKey) await this.#useTlsKey(kept.tls_key);
    const missing = kept.peers.filter(({ server_name }) => directory.get(server_name) === undefined);
    await this.#bringBack(missing);
    if (isNew || missing.length > 0) await recovery.begin('recovered');
  }

  /** Uses the TLS key, and doesn't fail without it: another certificate is only a nuisance for peers. */
  async #useTlsKey(pem: string): Promise<void> {
    const { certificates, log } = this.#deps;
    try {
      await certificates.useOwnKey(pem);
    } catch (error) {
      log.error({ err: error }, 'the TLS key in the recovery file could not be used');
    }
  }

  async #bringBack(peers: Kept['peers']): Promise<void> {
    const { store, directory, pins } = this.#deps;
    await store.writer.write((tx) => {
      for (const { keys, ...peer } of peers) {
        if (directory.rivalOf(peer.server_name, peer.domain) !== null) continue;
        directory.makeRoomWithin(peer.server_name, peer.domain);
        directory.putWithin({ ...newPeer(peer.server_name, peer.domain), ...peer });
        pins.pinWithin(
          peer.server_name,
          keys.map((key) => ({ ...key, algorithm: 'ed25519' })),
        );
        tx.afterCommit(() => directory.tellStanding(peer.server_name));
      }
    });
  }
}
