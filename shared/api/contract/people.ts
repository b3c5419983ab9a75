/** People who can log in: one's own account and devices, and what owner and admins decide about others. */
import * as v from 'valibot';
import { expected, expectedWhat } from '../../words/expected.ts';
import { QuietHours } from '../quiet-hours.ts';
import { by } from '../roles.ts';
import { PictureView } from '../views/parts.ts';
import {
  AccountView,
  ConsentAskView,
  ConsentsView,
  DeviceView,
  GivenRole,
  NewPeopleLinkView,
  NoPush,
  OwnAccountView,
  OwnDeviceView,
  PasskeyView,
  PeopleLinkView,
  ProfileView,
} from '../views/people-views.ts';
import {
  as,
  done,
  listOf,
  localpart,
  name,
  nothing,
  picture,
  pictureHash,
  roomId,
  text,
  userId,
  wholeNumber,
} from './fields.ts';
import { procedure } from './procedure.ts';

export const passwordCharactersMin = 8;
export const aboutCharactersMax = 200;
const password = v.pipe(
  v.string(expectedWhat('password')),
  v.minLength(passwordCharactersMin, expected('password_length', { min: passwordCharactersMin })),
  v.maxLength(1024, expected('at_most_chars', { max: 1024 })),
);
const anyPassword = text('password', 1024);
/** The answer of `navigator.credentials`, as JSON. */
const passkey = text('passkey', 16_000);
/** Each that is absent stays as it is. `about`: empty for none. */
const profile = {
  display_name: v.optional(name('user_display_name')),
  about: v.optional(
    v.pipe(
      v.string(expectedWhat('text')),
      v.normalize('NFC'),
      v.trim(),
      v.maxLength(aboutCharactersMax, expected('at_most_chars', { max: aboutCharactersMax })),
    ),
  ),
  picture: v.optional(picture),
};
const sixDigits = v.pipe(
  v.string(expectedWhat('six_digits')),
  v.regex(/^\d{6}$/, expectedWhat('six_digits')),
);
const secret = text('link_secret', 100);
const role = v.picklist(GivenRole.options, expected('one_of', { values: GivenRole.options.join(', ') }));
const deviceId = text('device_id', 64);
const linkId = text('link_id', 64);
/** Filled in for a caller who is logged in: the device that calls. */
const thisDevice = { this_device: v.optional(deviceId) };
const base64url = (what: 'push_key' | 'push_secret', length: number) =>
  v.pipe(
    v.string(expectedWhat(what)),
    v.regex(/^[\w-]+$/, expectedWhat(what)),
    v.length(length, expectedWhat(what)),
  );
/** A browser gets this from its push service. */
const pushAddress = {
  endpoint: v.pipe(
    text('push_endpoint', 1024),
    v.regex(/^https:\/\/[^/?#@]+\//, expectedWhat('push_endpoint')),
  ),
  p256dh: base64url('push_key', 87),
  auth: base64url('push_secret', 22),
};
const timeZone = v.pipe(v.string(expectedWhat('time_zone')), v.check(isTimeZone, expectedWhat('time_zone')));

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A page at the entrance sends this before anybody is logged in. */
export const entranceInputs = {
  login: v.object({ name: text('user_name', 512), password: anyPassword }),
  link: v.object({ secret }),
  /** Joins with a password, a passkey, or both. */
  join: v.object({
    secret,
    localpart,
    display_name: v.optional(name('user_display_name')),
    password: v.optional(password),
    passkey: v.optional(passkey),
  }),
  'device-code': v.object({ code: sixDigits }),
  'passkey-for-joining': v.object({ secret, localpart }),
  'passkey-challenge': v.object({}),
  'passkey-login': v.object({ passkey }),
  reset: v.object({ secret, password }),
};

export const peopleContract = {
  account: procedure(
    'GET',
    '/account',
    'Who is logged in, and devices that ask to be',
    by('guest', 'own'),
    v.object(as),
    OwnAccountView,
  ),
  changeProfile: procedure(
    'PATCH',
    '/account/profile',
    'Choose what one is called, a line of text and a picture; the user name stays',
    by('guest', 'own'),
    v.object({ ...profile, ...as }),
    done,
  ),
  changePersonProfile: procedure(
    'PATCH',
    '/accounts/{user_id}/profile',
    'Choose what a local user is called, their line of text and their picture; other servers show them, too',
    by('admin', 'person'),
    v.object({ user_id: userId, ...profile }),
    done,
  ),
  profile: procedure(
    'GET',
    '/people/{person}',
    'What somebody shows of themselves, and the rooms in which one meets them',
    by('guest', 'own'),
    v.object({ person: userId, ...as }),
    ProfileView,
  ),
  fetchPicture: procedure(
    'GET',
    '/people/{person}/pictures/{hash}',
    'The picture of somebody whom one meets, brought to this server if it is not here',
    by('guest', 'own', 'bots'),
    v.object({ person: userId, hash: pictureHash, ...as }),
    PictureView,
  ),
  changePassword: procedure(
    'POST',
    '/account/password',
    'Choose another password; ends all logins of the account, this one too',
    by('guest', 'own'),
    v.object({ current: anyPassword, password, ...as }),
    done,
  ),
  devices: procedure(
    'GET',
    '/account/devices',
    'Devices that are logged in, the last one used first',
    by('guest', 'own'),
    v.object({ ...as, ...thisDevice }),
    listOf(OwnDeviceView),
  ),
  endDevice: procedure(
    'DELETE',
    '/account/devices/{device_id}',
    'Log one device out',
    by('guest', 'own'),
    v.object({ device_id: deviceId, ...as }),
    done,
  ),
  endDevices: procedure(
    'DELETE',
    '/account/devices',
    'Log all devices out, this one too',
    by('guest', 'own'),
    v.object(as),
    done,
  ),
  pushKey: procedure(
    'GET',
    '/account/push',
    'The key by which push services recognize this server, base64url',
    by('guest', 'own'),
    v.object(as),
    v.object({ public_key: v.string() }),
  ),
  turnPushOn: procedure(
    'PUT',
    '/account/push',
    'Notify the device that calls, by its push service, in its language and outside its quiet hours',
    by('guest', 'own'),
    v.object({
      ...pushAddress,
      language: text('language', 35),
      time_zone: timeZone,
      /** Whether notifications say what was written. At first, only who and where. */
      shows_text: v.optional(v.boolean(expectedWhat('boolean'))),
      quiet_hours: v.optional(v.nullable(QuietHours)),
      ...as,
      ...thisDevice,
    }),
    done,
  ),
  renewPush: procedure(
    'PATCH',
    '/account/push',
    'Notify the device that calls at another address of its push service, as before',
    by('guest', 'own'),
    v.object({ ...pushAddress, ...as, ...thisDevice }),
    done,
  ),
  turnPushOff: procedure(
    'DELETE',
    '/account/push',
    'Don’t notify the device that calls, and remember why',
    by('guest', 'own'),
    v.object({
      why: v.picklist(NoPush.options, expected('one_of', { values: NoPush.options.join(', ') })),
      ...as,
      ...thisDevice,
    }),
    done,
  ),
  testPush: procedure(
    'POST',
    '/account/devices/{device_id}/push-test',
    'Send one device a test notification, and measure how far it comes',
    by('guest', 'own'),
    v.object({ device_id: deviceId, ...as }),
    done,
  ),
  pushShown: procedure(
    'POST',
    '/account/push/shown',
    'Report that the device that calls showed a test notification',
    by('guest', 'own'),
    v.object({ test: text('push_test', 64), ...as, ...thisDevice }),
    done,
  ),
  passkeys: procedure(
    'GET',
    '/account/passkeys',
    'Passkeys of the account, the last one used first',
    by('guest', 'own'),
    v.object(as),
    listOf(PasskeyView),
  ),
  newPasskey: procedure(
    'POST',
    '/account/passkeys/challenge',
    'What a browser needs to make a passkey for a host name of this server: the options of `navigator.credentials.create`, as JSON',
    by('guest', 'own'),
    v.object({ host: text('host', 255), ...as }),
    v.object({ options: v.string() }),
  ),
  addPasskey: procedure(
    'POST',
    '/account/passkeys',
    'Keep a passkey that a browser made',
    by('guest', 'own'),
    v.object({ passkey, device: text('device_name', 100), ...as }),
    done,
  ),
  removePasskey: procedure(
    'DELETE',
    '/account/passkeys/{passkey_id}',
    'Remove a passkey; what it logged in stays logged in',
    by('guest', 'own'),
    v.object({ passkey_id: text('passkey_id', 2000), ...as }),
    done,
  ),
  makeDeviceLink: procedure(
    'POST',
    '/account/device-links',
    'Make a link that logs one more device in, within two minutes and once it is confirmed here',
    by('guest', 'own'),
    v.object(as),
    NewPeopleLinkView,
  ),
  answerDevice: procedure(
    'POST',
    '/account/device-links/{link_id}',
    'Let the device that opened a device link in, or not',
    by('guest', 'own'),
    v.object({ link_id: linkId, allow: v.boolean(expectedWhat('boolean')), ...as }),
    done,
  ),
  accounts: procedure(
    'GET',
    '/accounts',
    'Everybody of this server, the owner first: people who can log in, could, or never did; or one of them, or those who joined by a link',
    by('admin', 'node'),
    v.object({ user_id: v.optional(userId), joined_by: v.optional(linkId) }),
    listOf(AccountView),
  ),
  peopleLinks: procedure(
    'GET',
    '/people-links',
    'Links that let people in and can still be used, newest first',
    by('admin', 'node'),
    nothing,
    listOf(PeopleLinkView),
  ),
  makeJoinLink: procedure(
    'POST',
    '/people-links',
    'Make a link by which somebody makes an account here; by default for one person, a member, for 7 days',
    by('admin', 'person'),
    v.object({
      role: v.optional(role),
      days: v.optional(wholeNumber(1, 90)),
      uses: v.optional(wholeNumber(1, 100)),
      /** The days for which a guest can log in; a week by default. */
      guest_days: v.optional(wholeNumber(1, 365)),
      /** Rooms homed here that the new account is in at once. */
      rooms: v.optional(v.pipe(v.array(roomId), v.maxLength(20, expected('at_most_items', { max: 20 })))),
      note: v.optional(text('text', 200)),
      ...as,
    }),
    NewPeopleLinkView,
  ),
  revokePeopleLink: procedure(
    'DELETE',
    '/people-links/{link_id}',
    'Revoke a link that lets people in',
    by('admin', 'node'),
    v.object({ link_id: linkId }),
    done,
  ),
  makeResetLink: procedure(
    'POST',
    '/accounts/{user_id}/reset',
    'Make a link by which a local user chooses a new password, or the first one, within 24 hours',
    by('admin', 'person'),
    v.object({ user_id: userId, ...as }),
    NewPeopleLinkView,
  ),
  changeRole: procedure(
    'PUT',
    '/accounts/{user_id}/role',
    'Change somebody’s role; logs all their devices out',
    by('admin', 'person'),
    v.object({ user_id: userId, role, ...as }),
    done,
  ),
  removeAccount: procedure(
    'DELETE',
    '/accounts/{user_id}',
    'Remove somebody: logs all their devices out at once and leaves their rooms; their messages stay',
    by('admin', 'person'),
    v.object({ user_id: userId }),
    done,
  ),
  passkeyHosts: procedure(
    'GET',
    '/passkey-hosts',
    'The host names for which people have passkeys, which work at no other',
    by('admin', 'node'),
    nothing,
    listOf(v.object({ host: v.string(), people: v.number() })),
  ),
  consentAsks: procedure(
    'GET',
    '/consent-asks',
    'Rooms and people that wait for a guardian to allow them to a child',
    by('admin', 'node'),
    nothing,
    listOf(ConsentAskView),
  ),
  answerConsent: procedure(
    'POST',
    '/accounts/{user_id}/rooms/{room_id}/consent',
    'Allow a child a room and the people named, or neither: then it leaves the room',
    by('admin', 'person'),
    v.object({
      user_id: userId,
      room_id: roomId,
      allow: v.boolean(expectedWhat('boolean')),
      /** People who are confirmed, of those asked about. Others go on waiting, and keep the room closed. */
      people: v.optional(
        v.pipe(v.array(userId), v.maxLength(10_000, expected('at_most_items', { max: 10_000 }))),
      ),
      ...as,
    }),
    done,
  ),
  consents: procedure(
    'GET',
    '/accounts/{user_id}/consents',
    'The rooms and people that guardians allowed a child',
    by('admin', 'person'),
    v.object({ user_id: userId }),
    ConsentsView,
  ),
  withdrawRoom: procedure(
    'DELETE',
    '/accounts/{user_id}/rooms/{room_id}/consent',
    'Take the consent to a room back: the child leaves it',
    by('admin', 'person'),
    v.object({ user_id: userId, room_id: roomId }),
    done,
  ),
  withdrawContact: procedure(
    'DELETE',
    '/accounts/{user_id}/contacts/{person}',
    'Take the consent to a person back: rooms that they share with the child are closed to it',
    by('admin', 'person'),
    v.object({ user_id: userId, person: userId }),
    done,
  ),
  accountDevices: procedure(
    'GET',
    '/accounts/{user_id}/devices',
    'Somebody’s devices that are logged in',
    by('admin', 'person'),
    v.object({ user_id: userId }),
    listOf(DeviceView),
  ),
  endAccountDevice: procedure(
    'DELETE',
    '/accounts/{user_id}/devices/{device_id}',
    'Log one device of somebody out',
    by('admin', 'person'),
    v.object({ user_id: userId, device_id: deviceId }),
    done,
  ),
  endAccountDevices: procedure(
    'DELETE',
    '/accounts/{user_id}/devices',
    'Log all devices of somebody out',
    by('admin', 'person'),
    v.object({ user_id: userId }),
    done,
  ),
} as const;
