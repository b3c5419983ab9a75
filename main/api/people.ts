import { aboutCharactersMax } from '../../shared/api/contract/people.ts';
import type { Input } from '../../shared/api/contract.ts';
import type {
  AccountView,
  ConsentAskView,
  PeopleLinkView,
  ProfileView,
} from '../../shared/api/views/people-views.ts';
import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import { parseUserId } from '../../shared/protocol/identifiers.ts';
import { visible } from '../../shared/unicode/visible.ts';
import type { Sayable } from '../../shared/words/in-words.ts';
import type { BotTokens } from '../access/bot-tokens.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Accounts } from '../people/accounts.ts';
import type { Consents } from '../people/consents.ts';
import type { Passkeys } from '../people/passkeys.ts';
import type { PeopleLinks } from '../people/people-links.ts';
import type { Pushes } from '../people/push/pushes.ts';
import type { Actors } from '../rooms/actors.ts';
import type { Pictures } from '../rooms/files/pictures.ts';
import type { Memberships } from '../rooms/memberships.ts';
import type { ProfileChange, Profiles } from '../rooms/profiles.ts';
import type { Tables } from '../store/ports.ts';
import type { AccountSessionRow, PeopleLinkRow } from '../store/tables/account-store.ts';
import { labelWarning } from '../trust/misleading-names.ts';
import { bytesOf, pictureView, type SaidApi } from './answer.ts';
import { memberWarnings, misleadingAnywhere, nameWarning } from './people-names.ts';

export interface PeopleDeps {
  readonly accounts: Accounts;
  readonly peopleLinks: PeopleLinks;
  readonly consents: Consents;
  readonly pushes: Pushes;
  readonly passkeys: Passkeys;
  readonly actors: Pick<Actors, 'local'>;
  readonly memberships: Pick<Memberships, 'leave'>;
  readonly profiles: Pick<Profiles, 'change' | 'meetingIn' | 'shownIn'>;
  readonly pictures: Pick<Pictures, 'read'>;
  readonly bots: Pick<BotTokens, 'revokeOfPerson'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly registry: Pick<RoomRegistry, 'get'>;
  readonly store: Tables<'accounts' | 'events' | 'files' | 'listings' | 'passkeys' | 'rooms' | 'users'>;
  /** Returns the entrance's address for people. CONFLICT while they can't reach it. */
  readonly entranceUrl: () => string;
}

const done = { done: true } as const;

export function peopleApi(deps: PeopleDeps) {
  const { accounts, peopleLinks, consents, passkeys, pushes, actors, store, keyring } = deps;
  const withUrl = async (make: () => ReturnType<PeopleLinks['makeReset']>) => {
    const base = deps.entranceUrl();
    const { row, secret, code = null } = await make();
    const url = `${base}/#/${row.purpose === 'join' ? 'join' : 'link'}/${secret}`;
    return { ...linkView(deps, row), url, code };
  };
  return {
    async account(input) {
      const user = actors.local(input.as);
      const row = store.accounts.byUserId(user);
      return {
        user_id: user,
        ...ownProfile(deps, user),
        role: accounts.roleOf(user) ?? 'member',
        server_name: keyring.serverName,
        has_password: row?.password != null,
        passkeys: passkeys.of(user).length,
        expires_at: row?.expires_at ?? null,
        reset:
          row?.reset_by == null
            ? null
            : { by: row.reset_by, by_name: nameOf(deps, row.reset_by), at: row.reset_at ?? 0 },
        asking: peopleLinks.asking(user),
      };
    },
    async changeProfile({ as, ...change }) {
      await deps.profiles.change(actors.local(as), withBytes(change));
      return done;
    },
    async changePersonProfile({ user_id, ...change }) {
      await deps.profiles.change(user_id, withBytes(change));
      return done;
    },
    async profile(input) {
      return profileView(deps, actors.local(input.as), input.person);
    },
    async fetchPicture(input) {
      return pictureView(await deps.pictures.read(input.as, input.person, input.hash));
    },
    async changePassword(input) {
      await accounts.changePassword(actors.local(input.as), input.current, input.password);
      return done;
    },
    async devices(input) {
      const items = accounts.devices(actors.local(input.as)).map((row) => ({
        ...deviceView(row),
        is_this: row.id === input.this_device,
        push: pushes.view(row),
      }));
      return { items, next: null };
    },
    async endDevice(input) {
      await accounts.endDevices(actors.local(input.as), input.device_id);
      return done;
    },
    async endDevices(input) {
      await accounts.endDevices(actors.local(input.as));
      return done;
    },
    async pushKey() {
      return { public_key: await pushes.key() };
    },
    async turnPushOn({ this_device, as: _, ...given }) {
      await pushes.turnOn(this_device, given);
      return done;
    },
    async renewPush({ this_device, endpoint, p256dh, auth }) {
      await pushes.renew(this_device, { endpoint, p256dh, auth });
      return done;
    },
    async turnPushOff({ this_device, why }) {
      await pushes.turnOff(this_device, why);
      return done;
    },
    async testPush(input) {
      await pushes.test(actors.local(input.as), input.device_id);
      return done;
    },
    async pushShown({ this_device, test }) {
      await pushes.shown(this_device, test);
      return done;
    },
    async passkeys(input) {
      const items = passkeys
        .of(actors.local(input.as))
        .map(({ id, device, rp_id, created_at, last_used_at }) => ({
          id,
          device,
          host: rp_id,
          works: passkeys.worksAt(rp_id),
          created_at,
          last_used_at,
        }));
      return { items, next: null };
    },
    async newPasskey(input) {
      const user = actors.local(input.as);
      return { options: await passkeys.toMake(user, nameOf(deps, user), input.host) };
    },
    async addPasskey(input) {
      await passkeys.add(actors.local(input.as), input.passkey, input.device);
      return done;
    },
    async removePasskey(input) {
      await passkeys.remove(actors.local(input.as), input.passkey_id);
      return done;
    },
    makeDeviceLink: (input) => withUrl(() => peopleLinks.makeDevice(actors.local(input.as))),
    async answerDevice(input) {
      await peopleLinks.answer(actors.local(input.as), input.link_id, input.allow);
      return done;
    },
    async accounts(input) {
      return { items: accountViews(deps, input), next: null };
    },
    async peopleLinks() {
      const links = peopleLinks.open().filter(({ purpose }) => purpose !== 'device');
      return { items: links.map((row) => linkView(deps, row)), next: null };
    },
    makeJoinLink: (input) => withUrl(() => peopleLinks.makeJoin(actors.local(input.as), input)),
    async revokePeopleLink(input) {
      await peopleLinks.revoke(input.link_id);
      return done;
    },
    makeResetLink: (input) => withUrl(() => peopleLinks.makeReset(actors.local(input.as), input.user_id)),
    async changeRole(input) {
      await accounts.setRole(actors.local(input.as), input.user_id, input.role);
      return done;
    },
    async removeAccount(input) {
      const user = input.user_id;
      await accounts.remove(user);
      // A room whose home can't be reached can still be told.
      await deps.profiles.change(user, { about: '', picture: null });
      await deps.bots.revokeOfPerson(user);
      // A room whose home can't be reached shows them until it can. They can't log in either way.
      for (const room of store.rooms.withMember(user))
        await deps.memberships.leave(room, user).catch(() => {});
      return done;
    },
    async passkeyHosts() {
      const items = store.passkeys.hosts().map(({ rp_id, people }) => ({ host: rp_id, people }));
      return { items, next: null };
    },
    async consentAsks() {
      return { items: askViews(deps), next: null };
    },
    async answerConsent({ as, people = [], ...input }) {
      await consents.answer(actors.local(as), { ...input, people });
      return done;
    },
    async consents(input) {
      const { rooms, people } = consents.of(input.user_id);
      const allowed = ({ allowed_by, at }: { allowed_by: string | null; at: number }) => ({
        allowed_by: allowed_by ?? '',
        allowed_by_name: nameOf(deps, allowed_by ?? ''),
        allowed_at: at,
      });
      return {
        rooms: rooms.map((row) => ({
          room_id: row.room_id,
          name: roomName(deps, row.room_id),
          ...allowed(row),
        })),
        people: people.map((row) => ({ user_id: row.person, ...allowed(row) })),
      };
    },
    async withdrawRoom(input) {
      await consents.refuse(input.user_id, input.room_id);
      return done;
    },
    async withdrawContact(input) {
      await consents.forget(input.user_id, input.person);
      return done;
    },
    async accountDevices(input) {
      return { items: accounts.devices(input.user_id).map(deviceView), next: null };
    },
    async endAccountDevice(input) {
      await accounts.endDevices(input.user_id, input.device_id);
      return done;
    },
    async endAccountDevices(input) {
      await accounts.endDevices(input.user_id);
      return done;
    },
  } satisfies Partial<SaidApi>;
}

/** The hash is never shown. */
const deviceView = ({ id, device, created_at, last_used_at }: AccountSessionRow) => ({
  id,
  device,
  created_at,
  last_used_at,
});

const nameOf = ({ store }: Pick<PeopleDeps, 'store'>, user: string): string =>
  visible(store.users.byUserId(user)?.display_name ?? user);

type GivenProfile = Pick<Input<'changeProfile'>, 'display_name' | 'about' | 'picture'>;

const withBytes = ({ picture, ...rest }: GivenProfile): ProfileChange => ({
  ...rest,
  picture: bytesOf(picture),
});

const ownProfile = (deps: Pick<PeopleDeps, 'store'>, user: string) => ({
  display_name: nameOf(deps, user),
  about: aboutOf(deps.store.users.byUserId(user)?.about),
  picture: deps.store.files.picture(user, '')?.hash ?? null,
});

const aboutOf = (text = ''): string => plainText(text, aboutCharactersMax);

/**
 * The card of somebody. For people whom the reader meets nowhere, it only has the name of a user of this server: a
 * child and a guest learn nothing about others, and nothing that was said where they may not look.
 */
function profileView(deps: PeopleDeps, reader: string, person: string): Sayable<ProfileView> {
  const { store, profiles, accounts } = deps;
  const { localpart } = parseUserId(person);
  const rooms = profiles.meetingIn(reader, person);
  const isMet = rooms.length > 0 || person === reader;
  const profile = isMet ? profiles.shownIn(rooms, person) : null;
  const isKnown = accounts.roleOf(reader) !== 'guest';
  const name = profile?.displayName ?? (isKnown ? store.users.byUserId(person)?.display_name : undefined);
  const [room] = rooms;
  return {
    user_id: person,
    display_name: plainText(name ?? localpart, 100),
    ...(room === undefined ? {} : nameWarning(memberWarnings(store, room)(person))),
    about: aboutOf(profile?.about),
    picture: profile?.picture?.hash ?? null,
    rooms: rooms
      .filter((id) => deps.registry.get(id)?.row.direct === null)
      .map((room_id) => ({ room_id, name: roomName(deps, room_id) })),
  };
}

/** The people of this server who were asked for, the owner first, also people who can't log in. */
function accountViews(deps: PeopleDeps, asked: Input<'accounts'>): AccountView[] {
  const { accounts, store } = deps;
  const { user_id: one, joined_by } = asked;
  const users = one === undefined ? store.users.users() : [store.users.byUserId(one) ?? []].flat();
  return users.flatMap(({ user_id, created_at }) => {
    const row = store.accounts.byUserId(user_id);
    if (joined_by !== undefined && row?.joined_by !== joined_by) return [];
    const devices = accounts.devices(user_id);
    return {
      user_id,
      ...ownProfile(deps, user_id),
      role: accounts.roleOf(user_id) ?? null,
      has_password: row?.password != null,
      listed: store.listings.isUserListed(user_id),
      created_at,
      expires_at: row?.expires_at ?? null,
      removed_at: row?.removed_at ?? null,
      joined_by: row?.joined_by ?? null,
      devices: devices.length,
      last_used_at: devices[0]?.last_used_at ?? null,
    };
  });
}

const roomName = ({ registry }: Pick<PeopleDeps, 'registry'>, roomId: string): string =>
  visible(registry.get(roomId)?.row.name ?? roomId);

function askViews(deps: PeopleDeps): Sayable<ConsentAskView>[] {
  const misleading = misleadingAnywhere(deps.store);
  return deps.consents.asks().map(({ room_name, people, ...ask }) => ({
    ...ask,
    display_name: nameOf(deps, ask.user_id),
    room_name: visible(room_name),
    ...nameWarning(labelWarning(room_name)),
    people: people.map((user_id) => ({ user_id, ...nameWarning(misleading(user_id)) })),
  }));
}

function linkView(deps: Pick<PeopleDeps, 'registry'>, row: PeopleLinkRow): PeopleLinkView {
  const { id, purpose, made_by, made_at, expires_at, uses_left, user_id, note, role } = row;
  const rooms = (JSON.parse(row.rooms ?? '[]') as string[]).map((room_id) => ({
    room_id,
    name: roomName(deps, room_id),
  }));
  return {
    id,
    purpose,
    made_by,
    made_at,
    expires_at,
    uses_left,
    user_id,
    note,
    rooms,
    role: role === 'owner' ? null : role,
  };
}
