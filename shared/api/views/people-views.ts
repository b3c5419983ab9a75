/** People who can log in, their devices, and the links that let them in. */
import * as v from 'valibot';
import { QuietHours } from '../quiet-hours.ts';
import { roles } from '../roles.ts';
import { nameWarning, optionalTime, picture, time } from './parts.ts';

/** Roles that can be given. There is one owner. */
export const GivenRole = v.picklist(['guest', 'child', 'member', 'admin']);

export const DeviceView = v.object({
  id: v.string(),
  /** Browser and system, as it says. */
  device: v.string(),
  created_at: time,
  /** Accurate to about an hour. */
  last_used_at: time,
});

/** The reasons why a device isn't notified. `not_installed`: its browser only notifies installed apps. */
export const NoPush = v.picklist(['off', 'denied', 'not_installed', 'unsupported']);

/** How far a test notification came. Times are null until it was measured. */
const PushTestView = v.object({
  made_at: time,
  /** The push service has it. */
  accepted_at: optionalTime,
  /** The device reported that it showed it. */
  shown_at: optionalTime,
  /** Why it came no further. */
  problem: v.nullable(v.string()),
});

export const PushView = v.object({
  /** `gone`: the push service doesn't know the device any more. `unknown`: the device hasn't said. */
  state: v.picklist(['on', ...NoPush.options, 'gone', 'unknown']),
  shows_text: v.boolean(),
  quiet_hours: v.nullable(QuietHours),
  is_quiet_now: v.boolean(),
  /** Rooms that the user muted. */
  muted_rooms: v.number(),
  /** When the push service last accepted a message, and why it didn't take the last one. */
  accepted_at: optionalTime,
  problem: v.nullable(v.string()),
  test: v.nullable(PushTestView),
});

/** A device of the caller's own. */
export const OwnDeviceView = v.object({
  ...DeviceView.entries,
  /** The one that asks. */
  is_this: v.boolean(),
  push: PushView,
});

export const PasskeyView = v.object({
  id: v.string(),
  /** The device that made it. */
  device: v.string(),
  /** The only host name at which it works. */
  host: v.string(),
  /** Whether that is a name of this server now. */
  works: v.boolean(),
  created_at: time,
  last_used_at: time,
});

/** A device that asks to be logged in by a device link. */
const AskingView = v.object({ link_id: v.string(), device: v.string() });

export const OwnAccountView = v.object({
  user_id: v.string(),
  display_name: v.string(),
  about: v.string(),
  picture,
  role: v.picklist(roles),
  server_name: v.string(),
  has_password: v.boolean(),
  /** How many passkeys it has. */
  passkeys: v.number(),
  /** When a guest can no longer log in. */
  expires_at: optionalTime,
  /** The one who made the link by which the password was chosen last, and when that was. */
  reset: v.nullable(v.object({ by: v.string(), by_name: v.string(), at: time })),
  asking: v.array(AskingView),
});

export const AccountView = v.object({
  user_id: v.string(),
  display_name: v.string(),
  about: v.string(),
  picture,
  /** `null` for a user who can't log in, such as one for a bot. */
  role: v.nullable(v.picklist(roles)),
  has_password: v.boolean(),
  /** Whether trusted peers can find them. */
  listed: v.boolean(),
  created_at: time,
  expires_at: optionalTime,
  removed_at: optionalTime,
  /** The ID of the link that made the account. */
  joined_by: v.nullable(v.string()),
  devices: v.number(),
  last_used_at: optionalTime,
});

/** The card of a person. */
export const ProfileView = v.object({
  user_id: v.string(),
  display_name: v.string(),
  name_warning: nameWarning,
  /** A line of text about themselves; empty without one. */
  about: v.string(),
  picture,
  /** The rooms in which the reader meets them. */
  rooms: v.array(v.object({ room_id: v.string(), name: v.string() })),
});

export const PeopleLinkView = v.object({
  id: v.string(),
  purpose: v.picklist(['join', 'reset', 'device']),
  made_by: v.string(),
  made_at: time,
  expires_at: time,
  uses_left: v.number(),
  /** The user whose password a reset link resets. */
  user_id: v.nullable(v.string()),
  role: v.nullable(GivenRole),
  rooms: v.array(v.object({ room_id: v.string(), name: v.string() })),
  note: v.nullable(v.string()),
});

/** The only time the link itself is shown; the node stores a hash of it. */
export const NewPeopleLinkView = v.object({
  ...PeopleLinkView.entries,
  url: v.string(),
  /** Six digits that do the same, for a device. */
  code: v.nullable(v.string()),
});

/** A question for a guardian: a room for a child, and people in it whom nobody confirmed for this child. */
export const ConsentAskView = v.object({
  user_id: v.string(),
  display_name: v.string(),
  room_id: v.string(),
  room_name: v.string(),
  name_warning: nameWarning,
  home: v.string(),
  /**
   * `invited`: somebody invites the child. `joins`: it asks to join. `made`: it made the room. `in`: it is in it, and nobody
   * allowed that. `people`: somebody new is in the room, so it is closed to the child. `invites`: the child wants to invite
   * somebody.
   */
  reason: v.picklist(['invited', 'joins', 'made', 'in', 'people', 'invites']),
  people: v.array(v.object({ user_id: v.string(), name_warning: nameWarning })),
  /** Nobody of this server is in the room yet, so there may be more people in it, about whom a guardian is asked then. */
  maybe_more: v.boolean(),
});

/** The guardian who allowed it, and when. */
const allowed = { allowed_by: v.string(), allowed_by_name: v.string(), allowed_at: time };

/** Guardians allowed a child these rooms and people. */
export const ConsentsView = v.object({
  rooms: v.array(v.object({ room_id: v.string(), name: v.string(), ...allowed })),
  people: v.array(v.object({ user_id: v.string(), ...allowed })),
});

/** Somebody who opened a link sees this before they use it. */
export const OpenedLinkView = v.object({
  purpose: v.picklist(['join', 'reset', 'device']),
  server_name: v.string(),
  /** The name of its maker. */
  made_by: v.string(),
  role: v.nullable(GivenRole),
  rooms: v.array(v.string()),
  user_id: v.nullable(v.string()),
  note: v.nullable(v.string()),
});

export type GivenRole = v.InferOutput<typeof GivenRole>;
export type DeviceView = v.InferOutput<typeof DeviceView>;
export type NoPush = v.InferOutput<typeof NoPush>;
export type OwnDeviceView = v.InferOutput<typeof OwnDeviceView>;
export type PushView = v.InferOutput<typeof PushView>;
export type OwnAccountView = v.InferOutput<typeof OwnAccountView>;
export type AccountView = v.InferOutput<typeof AccountView>;
export type ProfileView = v.InferOutput<typeof ProfileView>;
export type PeopleLinkView = v.InferOutput<typeof PeopleLinkView>;
export type NewPeopleLinkView = v.InferOutput<typeof NewPeopleLinkView>;
export type ConsentAskView = v.InferOutput<typeof ConsentAskView>;
export type ConsentsView = v.InferOutput<typeof ConsentsView>;
export type OpenedLinkView = v.InferOutput<typeof OpenedLinkView>;
