/** The owner's actions on this server's identity: name it, recover it, rotate its keys, save them, add users. */

import { userId } from '../../shared/protocol/identifiers.ts';
import type { ChainedKey } from '../../shared/protocol/key-chain.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import type { Clock } from '../kernel/ports.ts';
import { SerialQueue } from '../kernel/queue.ts';
import type { Settings } from '../settings.ts';
import type { Tables } from '../store/ports.ts';
import type { UserRow } from '../store/tables/user-store.ts';
import { missingIdentityOf, ownerOf, sharedKeys, takeInKeys } from './belonging.ts';
import { type Keyring, publicKeysOf } from './keyring.ts';
import { nameFixedBy } from './name-fixed.ts';
import { type Kept, noteRecovery, readRecovery, writeRecovery } from './recovery-file.ts';
import type { Identity } from './vault.ts';

export class OwnIdentity {
  readonly #store: Parameters<typeof nameFixedBy>[0] & Tables<'users' | 'meta' | 'writer'>;
  readonly #keyring: Keyring;
  readonly #settings: Pick<Settings, 'change'>;
  readonly #clock: Clock;
  readonly #tell: Tell;
  /** Each change of the keys is made from what the one before it left. */
  readonly #changes = new SerialQueue();

  constructor(deps: {
    readonly store: Parameters<typeof nameFixedBy>[0] & Tables<'users' | 'meta' | 'writer'>;
    readonly keyring: Keyring;
    readonly settings: Pick<Settings, 'change'>;
    readonly clock: Clock;
    readonly tell: Tell;
  }) {
    this.#store = deps.store;
    this.#keyring = deps.keyring;
    this.#settings = deps.settings;
    this.#clock = deps.clock;
    this.#tell = deps.tell;
  }

  /**
   * Names the server and creates its first key and user. CONFLICT if it has other names already, or if the database
   * belongs to an identity that is missing; BAD_REQUEST for an invalid name. `publicUrl`: undefined leaves the setting
   * unchanged.
   */
  async setUp(wanted: {
    readonly serverName: string;
    readonly domain: string;
    readonly owner: string;
    readonly displayName?: string | undefined;
    readonly publicUrl: string | undefined;
  }): Promise<void> {
    const missing = missingIdentityOf(this.#store, this.#keyring);
    if (missing !== null) throw refusal('CONFLICT', said('identity.missing', { server: missing }));
    this.#keyring.setUp(wanted.serverName, wanted.domain);
    await this.#store.writer.write(() => {
      this.#recordKeys();
      if (this.#store.users.users().length === 0)
        this.#putUser(wanted.owner, wanted.displayName ?? wanted.owner);
    });
    if (wanted.publicUrl !== undefined) await this.#settings.change({ public_url: wanted.publicUrl });
    this.#tell({ fact: 'settings-changed' });
  }

  /**
   * Gives the server other names while nobody knows it by the old ones and nothing is signed with them, and a new key.
   * CONFLICT after that, BAD_REQUEST for an invalid name. The database first has the keys of both names, so that it
   * belongs to the identity whichever of the two files a crash leaves behind; `settleName` then clears up.
   */
  rename(wanted: { readonly serverName: string; readonly domain: string }): Promise<void> {
    return this.#changes.run(async () => {
      const next = this.#keyring.renamed(wanted.serverName, wanted.domain);
      const before = this.#keyring.secrets();
      this.#refuseFixedName();
      await this.#store.writer.write(() => this.#putKeys(next.server_name, publicKeysOf(next)));
      await this.#store.writer.write((tx) => {
        if (nameFixedBy(this.#store, this.#clock.now()) === null) this.#keyring.use(next);
        this.#settleName();
        tx.afterCommit(() => {
          this.#tell({ fact: 'keys-changed' });
          this.#tell({ fact: 'settings-changed' });
          this.#tell({ fact: 'node-changed' });
        });
      });
      if (this.#keyring.serverName === before.server_name) this.#refuseFixedName();
    });
  }

  #keysOfOtherName() {
    return this.#store.peers.ownKeys().filter(({ server_name }) => server_name !== this.#keyring.serverName);
  }

  #refuseFixedName(): void {
    const by = nameFixedBy(this.#store, this.#clock.now());
    if (by !== null)
      throw refusal('CONFLICT', said('identity.name_fixed', { server: this.#keyring.serverName, by }));
  }

  /** Removes what a change of the name leaves of the other one. In a transaction. */
  #settleName(): void {
    for (const key of this.#keysOfOtherName()) this.#store.peers.removeKey(key);
    for (const { id, localpart } of this.#store.users.users())
      this.#store.users.rename(id, userId(localpart, this.#keyring.domain));
    this.#recordKeys();
  }

  /**
   * Turns this node into the server of the recovery file. Resolves with what else the file has kept; `isNew` is false if
   * it was that server already. Throws as `readRecovery` does; CONFLICT if the node or its data
   * belongs to another server.
   */
  async recover(text: string, passphrase: string): Promise<{ isNew: boolean; kept: Kept }> {
    const { identity, kept, createdAt } = await readRecovery(text, passphrase);
    this.#refuseForeignData(identity);
    const isNew = this.#keyring.adopt(identity);
    takeInKeys(this.#store, this.#keyring);
    this.#keyring.renew();
    await this.#store.writer.write((tx) => {
      this.#recordKeys();
      noteRecovery(this.#store, this.#keyring.newestKeyId, { savedAt: createdAt, peers: kept.peers });
      if (this.#store.users.users().length === 0)
        for (const user of kept.users) this.#putUser(user.localpart, user.display_name);
      tx.afterCommit(() => {
        this.#tell({ fact: 'keys-changed' });
        this.#tell({ fact: 'settings-changed' });
      });
    });
    return { isNew, kept };
  }

  /**
   * A recovery file with all keys and what else is `kept`, sealed with this passphrase. It is noted as saved once `save`
   * has resolved. Rejects as `save` does.
   */
  async export(
    passphrase: string,
    kept: Omit<Kept, 'users'>,
    save: (text: string) => Promise<void>,
  ): Promise<{ file_name: string; text: string }> {
    const identity = this.#keyring.secrets();
    const now = this.#clock.now();
    const users = this.#store.users
      .users()
      .map(({ localpart, display_name }) => ({ localpart, display_name }));
    const file = await writeRecovery({ identity, kept: { ...kept, users } }, passphrase, now);
    await save(file.text);
    await this.#store.writer.write((tx) => {
      // If the keys were rotated in the meantime, this names a key that is not the newest, and the file counts as
      // missing.
      noteRecovery(this.#store, identity.keys[0]?.key_id ?? null, { savedAt: now, peers: kept.peers });
      tx.afterCommit(() => this.#tell({ fact: 'keys-changed' }));
    });
    return file;
  }

  /**
   * Peers can fetch the next key for this long before it signs anything. The other nodes of this server have it before
   * anybody else can see it: it is stored for them first.
   */
  rotate(announceMs: number): Promise<void> {
    return this.#changes.run(async () => {
      const next = this.#keyring.rotated(announceMs);
      const sealed = this.#keyring.sealed(next);
      await this.#store.writer.write(() => this.#store.meta.put(sharedKeys, sealed));
      this.#keyring.use(next);
      await this.#announce();
    });
  }

  async #announce(): Promise<void> {
    await this.#store.writer.write((tx) => {
      this.#recordKeys();
      tx.afterCommit(() => this.#tell({ fact: 'keys-changed' }));
    });
  }

  /** Later keys of ours that the chain proves, without their private halves. */
  takeBack(keys: readonly ChainedKey[]): Promise<void> {
    return this.#changes.run(async () => {
      this.#keyring.takeBack(keys);
      await this.#announce();
    });
  }

  /** Stores the keys for the other nodes of this server, if they are not there yet, and ends a change of the name. */
  async share(): Promise<void> {
    if (this.#keyring.isSetUp && this.#keysOfOtherName().length > 0)
      await this.#store.writer.write(() => this.#settleName());
    const stored = this.#store.meta.get(sharedKeys);
    if (!this.#keyring.isSetUp || (stored !== undefined && this.#keyring.isIn(stored))) return;
    await this.#store.writer.write(() => this.#recordKeys());
  }

  /** Extends the validity of our newest key long before it expires (`Keyring.renew`). */
  renew(): Promise<void> {
    return this.#changes.run(async () => {
      if (this.#keyring.isSetUp && this.#keyring.renew())
        await this.#store.writer.write(() => this.#recordKeys());
    });
  }

  /** BAD_REQUEST if there is such a user. */
  async addUser(localpart: string, displayName: string): Promise<UserRow> {
    const id = userId(localpart, this.#keyring.domain);
    if (this.#store.users.byUserId(id))
      throw refusal('BAD_REQUEST', said('control.user_exists', { user: id }));
    await this.#store.writer.write((tx) => {
      this.#putUser(localpart, displayName);
      tx.afterCommit(() => this.#tell({ fact: 'node-changed' }));
    });
    return this.#store.users.byUserId(id) as UserRow;
  }

  #putUser(localpart: string, displayName: string): void {
    this.#store.users.add({
      user_id: userId(localpart, this.#keyring.domain),
      localpart,
      display_name: displayName,
      created_at: this.#clock.now(),
    });
  }

  /** Our public keys are stored with everybody else's, so that one table has all of them. */
  #recordKeys(): void {
    this.#store.meta.put(sharedKeys, this.#keyring.sealed());
    this.#putKeys(this.#keyring.serverName, this.#keyring.published());
  }

  #putKeys(server: string, keys: ReturnType<Keyring['published']>): void {
    for (const key of keys)
      this.#store.peers.putKey({
        server_name: server,
        key_id: key.key_id,
        public_key: key.public_key,
        valid_until: key.valid_until,
        source: 'own',
        first_seen_at: key.created_at,
        extended_at: null,
        extended_until: null,
        ended_at: null,
        chain: null,
        domain: null,
      });
  }

  /** Refuses a database with another server's users, because we would speak in their names. */
  #refuseForeignData({ server_name, domain }: Identity): void {
    const stranger = this.#store.users.users().find((user) => !user.user_id.endsWith(`:${domain}`));
    if (stranger)
      throw refusal(
        'CONFLICT',
        said('recovery.foreign_data', { user: stranger.user_id, server: server_name }),
      );
    const owner = ownerOf(this.#store);
    if (owner !== null && owner !== server_name)
      throw refusal('CONFLICT', said('recovery.other_owner', { owner, server: server_name }));
  }
}
