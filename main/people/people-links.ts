import type { GivenRole, OpenedLinkView } from '../../shared/api/views/people-views.ts';
import { visible } from '../../shared/unicode/visible.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import { hashPassword } from '../crypto/passwords.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Keyring } from '../identity/keyring.ts';
import { networkOf } from '../kernel/ip.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import type { RoomHome } from '../rooms/home.ts';
import type { Memberships } from '../rooms/memberships.ts';
import type { Tables } from '../store/ports.ts';
import type { PeopleLinkRow } from '../store/tables/account-store.ts';
import { type Rate, RateLimiter } from '../trust/limits/rate-limiter.ts';
import { type Accounts, accountsMax, busyIsRefused, type NewDevice } from './accounts.ts';
import { tooMany } from './login-limits.ts';
import type { Passkeys } from './passkeys.ts';

const dayMs = 86_400_000;
const resetMs = dayMs;
const deviceMs = 2 * 60_000;
const linksMax = 200;
const secretBytes = 32;
const joinDaysDefault = 7;
const guestDaysDefault = 7;

interface Wanted {
  readonly role?: GivenRole | undefined;
  readonly days?: number | undefined;
  readonly uses?: number | undefined;
  readonly guest_days?: number | undefined;
  readonly rooms?: readonly string[] | undefined;
  readonly note?: string | undefined;
}

/** A link, and the only copy of its secret. */
interface MadeLink {
  readonly row: PeopleLinkRow;
  readonly secret: string;
  /** Six digits that do the same. */
  readonly code?: string;
}

/** A device that opened a device link and waits. */
interface Asking {
  readonly device: string;
  readonly userId: string;
  readonly answer: (allow: boolean) => void;
}

interface PeopleLinksDeps {
  readonly store: Tables<
    'accounts' | 'consents' | 'passkeys' | 'accountSessions' | 'peopleLinks' | 'users' | 'writer'
  >;
  readonly accounts: Accounts;
  readonly passkeys: Pick<Passkeys, 'made' | 'toMake'>;
  readonly keyring: Pick<Keyring, 'domain' | 'serverName'>;
  readonly home: Pick<RoomHome, 'inviterTo' | 'welcome'>;
  readonly memberships: Pick<Memberships, 'join'>;
  readonly registry: Pick<RoomRegistry, 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: { warn(details: object, message: string): void };
}

/** Links that let people in: to join, to choose a password, to log in on another device. */
export class PeopleLinks {
  readonly #deps: PeopleLinksDeps;
  /** Devices that wait for an answer, by the ID of their link. */
  readonly #asking = new Map<string, Asking>();

  /** Device links by their six digits. */
  readonly #codes = new Map<string, { readonly secret: string; readonly expiresAt: number }>();
  readonly #guesses: RateLimiter;

  constructor(deps: PeopleLinksDeps) {
    this.#deps = deps;
    this.#guesses = new RateLimiter(deps.clock, 10_000);
  }

  /** Links that can still be used. */
  open(): PeopleLinkRow[] {
    return this.#deps.store.peopleLinks.open(this.#deps.clock.now());
  }

  /** Makes a link; needs an `inviterTo` for each room. CONFLICT if there are too many links. */
  async makeJoin(by: string, wanted: Wanted): Promise<MadeLink> {
    const rooms = wanted.rooms ?? [];
    for (const room of rooms) this.#deps.home.inviterTo(room, by);
    const role = wanted.role ?? 'member';
    return this.#make(by, 'join', (wanted.days ?? joinDaysDefault) * dayMs, {
      uses_left: wanted.uses ?? 1,
      role,
      rooms: JSON.stringify(rooms),
      guest_ms: role === 'guest' ? (wanted.guest_days ?? guestDaysDefault) * dayMs : null,
      note: wanted.note ?? null,
      people: role === 'child' ? JSON.stringify(this.#peopleIn(rooms)) : null,
    });
  }

  #peopleIn(rooms: readonly string[]): string[] {
    const { consents } = this.#deps.store;
    return [...new Set(rooms.flatMap((room) => consents.membersOutside(room)))];
  }

  /** BAD_REQUEST for a user that is not ours. */
  async makeReset(by: string, user: string): Promise<MadeLink> {
    if (!this.#deps.store.users.byUserId(user)) throw refusal('BAD_REQUEST', said('token.no_user', { user }));
    return this.#make(by, 'reset', resetMs, { user_id: user });
  }

  async makeDevice(user: string): Promise<MadeLink> {
    if (!this.#deps.store.accounts.byUserId(user)) throw refusal('CONFLICT', said('people.no_account'));
    const made = await this.#make(user, 'device', deviceMs, { user_id: user });
    return { ...made, code: this.#codeFor(made) };
  }

  /** Six digits, in memory only: anyone who has a hash of them has them. */
  #codeFor({ row, secret }: MadeLink): string {
    const { random, clock } = this.#deps;
    for (const [code, { expiresAt }] of this.#codes) if (expiresAt <= clock.now()) this.#codes.delete(code);
    for (;;) {
      const code = String(random.bytes(6).readUIntBE(0, 6) % 1_000_000).padStart(6, '0');
      if (this.#codes.has(code)) continue;
      this.#codes.set(code, { secret, expiresAt: row.expires_at });
      return code;
    }
  }

  /**
   * The secret of the device link with these six digits. GONE for others. RATE_LIMITED after ten wrong ones a minute from a
   * network, and sixty from everywhere: of the 120 guesses that one link lasts for, one in 8,000 links is hit, and its owner
   * would still have to let a strange device in.
   */
  secretOf(code: string, address: string | null): string {
    const keys: [string, Rate][] = [
      ['everybody', { requests_per_minute: 60, burst: 60 }],
      ...(address === null
        ? []
        : [[`from ${networkOf(address)}`, { requests_per_minute: 10, burst: 10 }] satisfies [string, Rate]]),
    ];
    const found = this.#codes.get(code);
    const isRight = found !== undefined && found.expiresAt > this.#deps.clock.now();
    for (const [key, rate] of keys) this.#guesses.spend(key, rate, tooMany);
    if (!isRight) throw refusal('GONE', said('people.link_over'));
    for (const [key] of keys) this.#guesses.charge(key, -1);
    return found.secret;
  }

  async #make(
    by: string,
    purpose: PeopleLinkRow['purpose'],
    ageMs: number,
    rest: Partial<PeopleLinkRow>,
  ): Promise<MadeLink> {
    const { store, clock, random, accounts } = this.#deps;
    if (this.open().length >= linksMax)
      throw refusal('CONFLICT', said('people.too_many_links', { max: linksMax }));
    const secret = random.bytes(secretBytes).toString('base64url');
    const made_at = clock.now();
    const row: PeopleLinkRow = {
      user_id: null,
      role: null,
      rooms: null,
      guest_ms: null,
      note: null,
      people: null,
      uses_left: 1,
      hash: sha256Hex(secret),
      id: random.bytes(8).toString('hex'),
      purpose,
      made_by: by,
      made_at,
      expires_at: made_at + ageMs,
      ...rest,
    };
    await store.writer.write((tx) => {
      store.peopleLinks.add(row, made_at);
      tx.afterCommit(() => accounts.changed(by));
    });
    return { row, secret };
  }

  /** NOT_FOUND if there is no such link. */
  async revoke(id: string): Promise<void> {
    const { store, accounts } = this.#deps;
    const link = this.open().find((one) => one.id === id);
    if (!link) throw refusal('NOT_FOUND', said('people.no_link', { id }));
    await store.writer.write((tx) => {
      store.peopleLinks.remove(id);
      tx.afterCommit(() => accounts.changed(link.made_by));
    });
  }

  /** Says where a link leads. Uses nothing up. GONE for one that can't be used, without saying why. */
  look(secret: string): OpenedLinkView {
    const { keyring, registry, store } = this.#deps;
    const { purpose, role, user_id, note, rooms, ...link } = this.#required(secret);
    const made_by = visible(store.users.byUserId(link.made_by)?.display_name ?? link.made_by);
    const names = listOf(rooms).flatMap((id) => registry.get(id)?.row.name ?? []);
    const server_name = keyring.serverName;
    return { purpose, server_name, made_by, role: role as GivenRole | null, user_id, note, rooms: names };
  }

  #required(secret: string, purpose?: PeopleLinkRow['purpose']): PeopleLinkRow {
    const row = this.#deps.store.peopleLinks.byHash(sha256Hex(secret));
    const isUsable = row !== undefined && row.uses_left > 0 && row.expires_at > this.#deps.clock.now();
    if (!isUsable || (purpose !== undefined && row.purpose !== purpose))
      throw refusal('GONE', said('people.link_over'));
    return row;
  }

  /**
   * Makes an account and logs it in: the value of its cookie, and the rooms that it is in now. Using the link and making
   * the account are one transaction. GONE as in `look`; CONFLICT if the name is taken or there are too many accounts.
   */
  async join(wanted: {
    readonly secret: string;
    readonly localpart: string;
    readonly displayName: string;
    readonly password?: string | undefined;
    /** The browser's answer to `passkeyToMake`. */
    readonly passkey?: string | undefined;
    readonly device: NewDevice;
  }): Promise<{ readonly cookie: string; readonly rooms: readonly string[] }> {
    const { store, accounts, clock } = this.#deps;
    const { secret, localpart, displayName, device } = wanted;
    const user = accounts.userIdOf(localpart);
    this.#refuseTaken(user, this.#required(secret, 'join'));
    if (wanted.password === undefined && wanted.passkey === undefined)
      throw refusal('BAD_REQUEST', said('people.no_secret'));
    const passkey =
      wanted.passkey === undefined ? null : await this.#deps.passkeys.made(user, wanted.passkey, device.name);
    const password =
      wanted.password === undefined ? null : await busyIsRefused(hashPassword(wanted.password));
    const { cookie, link } = await store.writer.write((tx) => {
      const link = this.#required(secret, 'join');
      this.#refuseTaken(user, link);
      const created_at = clock.now();
      store.peopleLinks.use(link.hash);
      store.users.add({ user_id: user, localpart, display_name: displayName, created_at });
      store.accounts.put({
        user_id: user,
        role: link.role ?? 'member',
        password,
        created_at,
        expires_at: link.guest_ms === null ? null : created_at + link.guest_ms,
        removed_at: null,
        reset_by: null,
        reset_at: null,
        joined_by: link.id,
      });
      if (passkey !== null) store.passkeys.add(passkey);
      this.#allow(user, link);
      return { link, cookie: accounts.addSession(tx, user, device) };
    });
    const rooms: string[] = [];
    for (const room of listOf(link.rooms)) if (await this.#enter(room, user, link.made_by)) rooms.push(room);
    return { cookie, rooms };
  }

  /** A link with rooms for a child or a guest allows them these rooms, and the people whom its maker saw there. */
  #allow(user: string, { role, rooms, people, made_by }: PeopleLinkRow): void {
    const { store, clock } = this.#deps;
    if (role !== 'child' && role !== 'guest') return;
    const given = { user_id: user, allowed_by: made_by, at: clock.now() };
    for (const room_id of listOf(rooms)) store.consents.putRoom({ ...given, room_id, via: null });
    for (const person of listOf(people)) store.consents.addContact({ ...given, person });
  }

  /** Returns the JSON from which the browser makes the passkey of a new account. As `join`, and as `Passkeys.toMake`. */
  passkeyToMake(secret: string, localpart: string, host: string): Promise<string> {
    const user = this.#deps.accounts.userIdOf(localpart);
    this.#refuseTaken(user, this.#required(secret, 'join'));
    return this.#deps.passkeys.toMake(user, localpart, host);
  }

  #refuseTaken(user: string, { expires_at }: PeopleLinkRow): void {
    const { store, clock } = this.#deps;
    if (expires_at <= clock.now()) throw refusal('GONE', said('people.link_over'));
    if (store.users.byUserId(user)) throw refusal('CONFLICT', said('control.user_exists', { user }));
    if (store.accounts.all().filter((one) => one.removed_at === null).length >= accountsMax)
      throw refusal('CONFLICT', said('people.too_many', { max: accountsMax }));
  }

  /** The room may be gone, or the maker of the link no longer in it. The account is made all the same. */
  async #enter(room: string, user: string, by: string): Promise<boolean> {
    const { home, memberships, log } = this.#deps;
    try {
      await home.welcome(room, user, by);
      await memberships.join(room, user, undefined);
      return true;
    } catch (error) {
      log.warn({ err: error, room }, 'a new account could not enter a room of its link');
      return false;
    }
  }

  /** Chooses the password and logs in; ends all other sessions. GONE as in `look`. */
  async reset(secret: string, next: string, device: NewDevice): Promise<string> {
    const { store, accounts, clock } = this.#deps;
    this.#required(secret, 'reset');
    const password = await busyIsRefused(hashPassword(next));
    return store.writer.write((tx) => {
      const { hash, user_id, made_by } = this.#required(secret, 'reset');
      const user = user_id ?? '';
      const now = clock.now();
      const before = store.accounts.byUserId(user);
      const role = before?.role ?? accounts.roleOf(user) ?? 'member';
      store.peopleLinks.use(hash);
      if (role !== 'guest') store.consents.belongs(user);
      store.accounts.put({
        user_id: user,
        role,
        password,
        created_at: before?.created_at ?? now,
        expires_at: before?.expires_at ?? null,
        removed_at: null,
        reset_by: made_by,
        reset_at: now,
        joined_by: null,
      });
      // A device that somebody else has may have one.
      store.passkeys.removeOf(user);
      const ended = accounts.endSessions(user);
      tx.afterCommit(() => accounts.changed(user, ended));
      return accounts.addSession(tx, user, device);
    });
  }

  /**
   * Asks the devices that are logged in to let this one in, and waits for their answer: the value of its cookie. GONE as in
   * `look`, and if nobody answers in time; FORBIDDEN if the answer is no. One device can ask at a time.
   */
  async askForDevice(secret: string, device: NewDevice, signal: AbortSignal): Promise<string> {
    const { store, accounts, clock } = this.#deps;
    const { id, user_id, expires_at } = this.#required(secret, 'device');
    const user = user_id ?? '';
    if (this.#asking.has(id)) throw refusal('GONE', said('people.link_over'));
    const allowed = await new Promise<boolean | null>((resolve) => {
      const stop = clock.after(expires_at - clock.now(), () => resolve(null));
      signal.addEventListener('abort', () => resolve(null), { once: true });
      this.#asking.set(id, {
        device: device.name,
        userId: user,
        answer: (allow) => {
          stop();
          resolve(allow);
        },
      });
      accounts.changed(user);
    });
    this.#asking.delete(id);
    accounts.changed(user);
    if (allowed === false) throw refusal('FORBIDDEN', said('people.device_refused'));
    if (allowed === null) throw refusal('GONE', said('people.link_over'));
    return store.writer.write((tx) => {
      const link = this.#required(secret, 'device');
      const account = store.accounts.byUserId(user);
      if (!account || !accounts.isOpen(account)) throw refusal('GONE', said('people.link_over'));
      store.peopleLinks.use(link.hash);
      return accounts.addSession(tx, user, device);
    });
  }

  /** Devices that ask to be logged in as this user. */
  asking(user: string): { readonly link_id: string; readonly device: string }[] {
    return [...this.#asking].flatMap(([link_id, { userId, device }]) =>
      userId === user ? [{ link_id, device }] : [],
    );
  }

  /** NOT_FOUND if no device asks by that link. A link that was refused can't be used again. */
  async answer(user: string, id: string, allow: boolean): Promise<void> {
    const asking = this.#asking.get(id);
    if (asking?.userId !== user) throw refusal('NOT_FOUND', said('people.no_link', { id }));
    if (!allow) await this.#deps.store.writer.write(() => this.#deps.store.peopleLinks.remove(id));
    asking.answer(allow);
  }
}

const listOf = (list: string | null): string[] => JSON.parse(list ?? '[]');
