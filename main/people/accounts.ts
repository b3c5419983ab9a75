import type { Role } from '../../shared/api/roles.ts';
import type { GivenRole } from '../../shared/api/views/people-views.ts';
import { userId } from '../../shared/protocol/identifiers.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import { Endings, type Login } from '../access/callers.ts';
import type { Caller } from '../access/policy.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import { hashPassword, isPassword, PasswordsBusyError } from '../crypto/passwords.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { AccountRow, AccountSessionRow } from '../store/tables/account-store.ts';
import type { Tx } from '../store/writer.ts';
import { LoginLimits } from './login-limits.ts';

export const accountSessionMsMax = 30 * 86_400_000;
const devicesMax = 32;
export const accountsMax = 1000;
const secretBytes = 32;
/** How often the last use of a session is saved and its cookie renewed. */
const touchEveryMs = 3_600_000;

interface AccountsDeps {
  readonly store: Tables<
    | 'accounts'
    | 'accountSessions'
    | 'consents'
    | 'listings'
    | 'passkeys'
    | 'peopleLinks'
    | 'rooms'
    | 'users'
    | 'writer'
  >;
  readonly keyring: Pick<Keyring, 'domain'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
}

/** A browser that logs in: what it is called in the list of devices, and the host name at which it does. */
export interface NewDevice {
  readonly name: string;
  readonly host: string;
}

/** Who is logged in by a session. */
interface Found {
  readonly session: AccountSessionRow;
  readonly caller: Caller;
  readonly expires: number | null;
}

const loggedOut: Said = said('people.logged_out');

/** People who can log in, and the browsers they are logged in with. */
export class Accounts {
  readonly #deps: AccountsDeps;
  readonly #limits: LoginLimits;
  /** Connections that end with a session, by its ID. */
  readonly #endings = new Endings();
  /** Changes with every account and session, so that a caller is read again only then. */
  #version = 0;

  constructor(deps: AccountsDeps) {
    this.#deps = deps;
    this.#limits = new LoginLimits(deps.clock);
  }

  /** The role of somebody who can log in, or could before they were removed. */
  roleOf(user: string): Role | undefined {
    return this.#isOwner(user) ? 'owner' : this.#deps.store.accounts.byUserId(user)?.role;
  }

  #isOwner(user: string): boolean {
    return this.#deps.store.users.owner()?.user_id === user;
  }

  /** Whether this account can log in now. */
  isOpen({ removed_at, expires_at }: AccountRow): boolean {
    return removed_at === null && (expires_at === null || expires_at > this.#deps.clock.now());
  }

  /**
   * Finds the login of a cookie; null if nobody is logged in by it. `isOld`: the cookie should be sent again. `address`:
   * where it comes from.
   */
  find(secret: string, address: string | null): { readonly login: Login; readonly isOld: boolean } | null {
    const { store, clock } = this.#deps;
    const hash = sha256Hex(secret);
    const found = this.#callerOf(hash);
    if (found === null) return null;
    const { session } = found;
    const now = clock.now();
    const isOld = now - session.last_used_at >= touchEveryMs;
    if (isOld) {
      // If this write is lost, the session ends earlier. Nothing else depends on it.
      store.accountSessions.used(hash, now).catch(() => {});
      this.#limits.seen(session.user_id, address);
    }
    let version = this.#version;
    let known: Found | null = found;
    return {
      isOld,
      login: {
        id: session.id,
        caller: () => {
          const expires = known?.expires ?? null;
          if (version !== this.#version || (expires !== null && expires <= clock.now())) {
            known = this.#callerOf(hash);
            version = this.#version;
          }
          return known?.caller ?? loggedOut;
        },
        whenEnded: (end) => this.#whenEnded(session, end),
      },
    };
  }

  /** A guest's login also ends when their time is over. */
  #whenEnded({ id, user_id }: AccountSessionRow, end: () => void): () => void {
    const { store, clock } = this.#deps;
    const expiresAt = store.accounts.byUserId(user_id)?.expires_at ?? null;
    const stops = [this.#endings.when(id, end)];
    if (expiresAt !== null) stops.push(clock.after(expiresAt - clock.now(), end));
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Whether somebody is logged in by this session now. */
  isLive({ last_used_at, user_id }: AccountSessionRow, known?: AccountRow): boolean {
    const { store, clock } = this.#deps;
    const account = known ?? store.accounts.byUserId(user_id);
    return account !== undefined && this.isOpen(account) && clock.now() - last_used_at <= accountSessionMsMax;
  }

  #callerOf(hash: string): Found | null {
    const { store } = this.#deps;
    const session = store.accountSessions.byHash(hash);
    const account = session && store.accounts.byUserId(session.user_id);
    if (!session || !account || !this.isLive(session, account)) return null;
    const { user_id: userId, role, expires_at: expires } = account;
    return { session, caller: { kind: 'person', userId, role, device: session.id }, expires };
  }

  /**
   * The value of a new session's cookie. FORBIDDEN if the name or the password is wrong, without saying which and after
   * the same time; RATE_LIMITED after ten of those in a minute.
   */
  async logIn(
    {
      name,
      password,
      device,
    }: { readonly name: string; readonly password: string; readonly device: NewDevice },
    address: string | null,
  ): Promise<string> {
    const { store } = this.#deps;
    const user = this.userIdOf(name);
    const account = await this.#checked(user, password, address);
    if (!account) throw refusal('FORBIDDEN', said('people.wrong'));
    return store.writer.write((tx) => {
      const now = store.accounts.byUserId(user);
      // The account may have been removed, or got another password, in the meantime.
      if (!now || !this.isOpen(now) || now.password !== account.password)
        throw refusal('FORBIDDEN', said('people.wrong'));
      return this.addSession(tx, user, device);
    });
  }

  /** The open account with this password, or null. */
  async #checked(user: string, password: string, address: string | null): Promise<AccountRow | null> {
    this.#limits.attempt(user, address);
    const account = this.#deps.store.accounts.byUserId(user);
    const isOpen = account !== undefined && this.isOpen(account);
    const fits = await busyIsRefused(isPassword(isOpen ? account.password : null, password));
    if (!fits || !account) return null;
    this.#limits.succeeded(user, address);
    return account;
  }

  /** Reads a name as people type it: `anna`, `Anna`, `@anna:a.test`. */
  userIdOf(name: string): string {
    const local = name.trim().toLowerCase().replace(/^@/, '').replace(/:.*$/s, '');
    return userId(local, this.#deps.keyring.domain);
  }

  /** FORBIDDEN if the current password is wrong. Ends all sessions of the account. */
  async changePassword(user: string, current: string, next: string): Promise<void> {
    const { store } = this.#deps;
    const account = await this.#checked(user, current, null);
    if (!account) throw refusal('FORBIDDEN', said('people.wrong_password'));
    const password = await busyIsRefused(hashPassword(next));
    await this.change(user, (row) => {
      if (row.password !== account.password) throw refusal('CONFLICT', said('people.wrong_password'));
      store.peopleLinks.removeOf(user);
      return { ...row, password, reset_by: null, reset_at: null };
    });
  }

  /** BAD_REQUEST for the owner, whose role can't change; NOT_FOUND for somebody without an account. */
  async setRole(by: string, user: string, role: GivenRole): Promise<void> {
    const { store, clock } = this.#deps;
    if (this.#isOwner(user)) throw refusal('BAD_REQUEST', said('people.owner'));
    const { consents } = store;
    await this.change(
      user,
      (row) => {
        store.peopleLinks.removeOf(user);
        return { ...row, role, expires_at: role === 'guest' ? row.expires_at : null };
      },
      () => {
        const rooms = store.rooms.withMember(user);
        if (role === 'child') for (const room of rooms) consents.meetAll(room, user);
        if (role !== 'guest') return consents.belongs(user);
        // A guest stays where they are, gets no further, and belongs to the household no more.
        for (const room_id of rooms)
          consents.putRoom({ user_id: user, room_id, allowed_by: by, via: null, at: clock.now() });
        for (const child of consents.children()) consents.meetAgain(child, user);
      },
    );
  }

  /** BAD_REQUEST for the owner, NOT_FOUND for anybody but a local user, with or without an account. */
  async remove(user: string): Promise<void> {
    const { store, clock } = this.#deps;
    if (this.#isOwner(user)) throw refusal('BAD_REQUEST', said('people.owner'));
    const removed = (row: AccountRow) => {
      store.peopleLinks.removeOf(user);
      store.passkeys.removeOf(user);
      store.listings.setUser(user, false);
      return { ...row, password: null, removed_at: row.removed_at ?? clock.now() };
    };
    const never = { user_id: user, role: 'member', password: null, created_at: clock.now() } as const;
    const none = store.users.byUserId(user)
      ? { ...never, expires_at: null, removed_at: null, reset_by: null, reset_at: null, joined_by: null }
      : undefined;
    await this.change(user, removed, undefined, none);
  }

  /**
   * Changes an account, or `none`, and ends all its sessions, in one transaction with `alongside`. NOT_FOUND if there is
   * neither.
   */
  async change(
    user: string,
    change: (row: AccountRow) => AccountRow,
    alongside: () => void = () => {},
    none?: AccountRow,
  ): Promise<void> {
    const { store } = this.#deps;
    await store.writer.write((tx) => {
      const row = store.accounts.byUserId(user) ?? none;
      if (!row) throw refusal('NOT_FOUND', said('people.unknown', { user }));
      store.accounts.put(change(row));
      alongside();
      const ended = this.endSessions(user);
      tx.afterCommit(() => this.changed(user, ended));
    });
  }

  devices(user: string): AccountSessionRow[] {
    return this.#deps.store.accountSessions.of(user);
  }

  /** NOT_FOUND if the user has no such device. Without an ID, all of them. */
  async endDevices(user: string, id?: string): Promise<void> {
    const { store } = this.#deps;
    await store.writer.write((tx) => {
      const ended = this.devices(user).filter((one) => id === undefined || one.id === id);
      if (id !== undefined && ended.length === 0)
        throw refusal('NOT_FOUND', said('people.no_device', { id }));
      for (const { hash } of ended) store.accountSessions.remove(hash);
      tx.afterCommit(() =>
        this.changed(
          user,
          ended.map((one) => one.id),
        ),
      );
    });
  }

  async logOut(secret: string): Promise<void> {
    const session = this.#deps.store.accountSessions.byHash(sha256Hex(secret));
    if (session) await this.endDevices(session.user_id, session.id);
  }

  /** Adds a session and returns the value of its cookie. The device that was unused for longest is logged out for it. */
  addSession(tx: Tx, user: string, { name, host }: NewDevice): string {
    const { store, clock, random } = this.#deps;
    const secret = random.bytes(secretBytes).toString('base64url');
    const now = clock.now();
    const tooMany = this.devices(user).slice(devicesMax - 1);
    for (const { hash } of tooMany) store.accountSessions.remove(hash);
    store.accountSessions.add(
      {
        hash: sha256Hex(secret),
        id: random.bytes(8).toString('hex'),
        user_id: user,
        device: name,
        host,
        created_at: now,
        last_used_at: now,
      },
      now - accountSessionMsMax,
    );
    const ended = tooMany.map((one) => one.id);
    tx.afterCommit(() => this.changed(user, ended));
    return secret;
  }

  /** Returns the IDs of the sessions that it ended. Runs in a transaction. */
  endSessions(user: string): string[] {
    const sessions = this.devices(user);
    for (const { hash } of sessions) this.#deps.store.accountSessions.remove(hash);
    return sessions.map(({ id }) => id);
  }

  /** After the commit. */
  changed(user: string, ended: readonly string[] = []): void {
    this.#version++;
    for (const id of ended) this.#endings.end(id);
    this.#deps.tell({ fact: 'account-changed', userId: user });
  }
}

/** SERVICE_UNAVAILABLE if too many passwords wait. */
export async function busyIsRefused<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof PasswordsBusyError)) throw error;
    throw refusal('SERVICE_UNAVAILABLE', said('people.busy'), { retryAfterSeconds: 2 });
  }
}
