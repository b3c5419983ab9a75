/**
 * The one contract between a node and whatever asks something of it: command line, console, desktop window, bots.
 * Types, validation, HTTP routes, IPC channels and the OpenAPI document are all derived from this table
 * (control-api.md). A procedure's input is one object: path parameters, then the query (GET) or the body.
 */
import * as v from 'valibot';
import {
  as,
  body,
  channelId,
  done,
  emoji,
  eventId,
  limits,
  listOf,
  localpart,
  milliseconds,
  name,
  nothing,
  paging,
  roomId,
  serverName,
  text,
  url,
  userId,
} from './fields.ts';
import {
  ChannelView,
  CheckView,
  EventView,
  HeldEventView,
  JoinRule,
  KeyView,
  MemberView,
  OutboxDestinationView,
  OutboxEntryView,
  PeerMode,
  PeerView,
  RoomInviteView,
  RoomView,
  SettingsView,
  StatusView,
  TimelineItem,
  UserView,
} from './views.ts';

type Schema = v.GenericSchema;

export interface Procedure<I extends Schema = Schema, O extends Schema = Schema> {
  readonly summary: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; `{name}` is a percent-encoded parameter that the input holds under that name. */
  readonly path: string;
  readonly input: I;
  readonly output: O;
}

const procedure = <I extends Schema, O extends Schema>(
  method: Procedure['method'],
  path: string,
  summary: string,
  input: I,
  output: O,
): Procedure<I, O> => ({ method, path, summary, input, output });

export const contract = {
  status: procedure('GET', '/status', 'How this node is doing', nothing, StatusView),
  setUp: procedure(
    'POST',
    '/setup',
    'Give this node its identity; works once, and again with the same words',
    v.object({
      server_name: serverName,
      domain: v.optional(serverName),
      public_url: v.optional(url),
      owner: localpart,
    }),
    StatusView,
  ),
  settings: procedure('GET', '/settings', 'Settings', nothing, SettingsView),
  changeSettings: procedure(
    'PATCH',
    '/settings',
    'Change settings',
    v.object({
      public_url: v.optional(v.nullable(url)),
      outbox_max_age_days: v.optional(
        v.pipe(
          v.number('expected a number of days'),
          v.minValue(1, 'expected 1 to 365 days'),
          v.maxValue(365, 'expected 1 to 365 days'),
        ),
      ),
      default_limits: v.optional(limits),
    }),
    SettingsView,
  ),
  keys: procedure('GET', '/keys', 'Signing keys, the active one first', nothing, listOf(KeyView)),
  rotateKeys: procedure(
    'POST',
    '/keys/rotate',
    'Announce a new signing key, then sign with it; the old one keeps verifying during the overlap',
    v.object({
      announce_seconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(604_800))),
    }),
    listOf(KeyView),
  ),
  users: procedure('GET', '/users', 'Local users, the owner first', v.object(paging), listOf(UserView)),
  addUser: procedure(
    'POST',
    '/users',
    'Add a local user',
    v.object({ localpart, display_name: v.optional(name('user')) }),
    UserView,
  ),
  peers: procedure('GET', '/peers', 'Servers this node knows', v.object(paging), listOf(PeerView)),
  addPeer: procedure(
    'POST',
    '/peers',
    'Add a peer by its endpoint or its name; its keys are fetched and pinned',
    v.object({
      endpoint: v.optional(url),
      server_name: v.optional(serverName),
      mode: v.optional(PeerMode),
    }),
    PeerView,
  ),
  peer: procedure('GET', '/peers/{server_name}', 'One peer', v.object({ server_name: serverName }), PeerView),
  changePeer: procedure(
    'PATCH',
    '/peers/{server_name}',
    'Allow, block or quarantine a peer; change its limits or endpoint',
    v.object({
      server_name: serverName,
      mode: v.optional(PeerMode),
      reason: v.optional(v.nullable(text('a reason', 500))),
      until: v.optional(v.nullable(milliseconds)),
      limits: v.optional(v.nullable(limits)),
      endpoint: v.optional(url),
    }),
    PeerView,
  ),
  forgetPeer: procedure(
    'DELETE',
    '/peers/{server_name}',
    'Forget a peer and its keys; what waits for it in the outbox is given up',
    v.object({ server_name: serverName }),
    done,
  ),
  checkPeer: procedure(
    'POST',
    '/peers/{server_name}/check',
    'Test a peer now, step by step',
    v.object({ server_name: serverName }),
    CheckView,
  ),
  extendPeerKeys: procedure(
    'POST',
    '/peers/{server_name}/keys/extend',
    'Go on trusting keys that the peer still publishes although their validity has run out',
    v.object({ server_name: serverName }),
    PeerView,
  ),
  heldEvents: procedure(
    'GET',
    '/peers/{server_name}/held',
    'Events of a quarantined peer that wait for a decision, oldest first',
    v.object({ server_name: serverName, ...paging }),
    listOf(HeldEventView),
  ),
  releaseHeld: procedure(
    'POST',
    '/peers/{server_name}/held/release',
    'Let held events in, in the order they came; all of them unless some are named',
    v.object({ server_name: serverName, event_ids: v.optional(v.array(eventId)) }),
    v.object({
      released: v.number(),
      refused: v.array(v.object({ event_id: v.string(), message: v.string() })),
    }),
  ),
  discardHeld: procedure(
    'POST',
    '/peers/{server_name}/held/discard',
    'Throw held events away for good; all of them unless some are named',
    v.object({ server_name: serverName, event_ids: v.optional(v.array(eventId)) }),
    v.object({ discarded: v.number() }),
  ),
  rooms: procedure(
    'GET',
    '/rooms',
    'Rooms homed here and joined',
    v.object({ ...paging, ...as }),
    listOf(RoomView),
  ),
  createRoom: procedure(
    'POST',
    '/rooms',
    'Create a room that is homed here',
    v.object({
      name: name('room'),
      join_rule: JoinRule,
      channels: v.optional(v.pipe(v.array(name('channel')), v.minLength(1), v.maxLength(100))),
      ...as,
    }),
    RoomView,
  ),
  room: procedure('GET', '/rooms/{room_id}', 'One room', v.object({ room_id: roomId, ...as }), RoomView),
  changeRoom: procedure(
    'PATCH',
    '/rooms/{room_id}',
    'Rename a room homed here, or change who may join it',
    v.object({ room_id: roomId, name: v.optional(name('room')), join_rule: v.optional(JoinRule), ...as }),
    RoomView,
  ),
  joinRoom: procedure(
    'POST',
    '/rooms/join',
    'Join a room, here or on a peer; `via` names the peer when the room id does not',
    v.object({ room_id: roomId, via: v.optional(serverName), ...as }),
    RoomView,
  ),
  leaveRoom: procedure(
    'POST',
    '/rooms/{room_id}/leave',
    'Leave a room',
    v.object({ room_id: roomId, ...as }),
    RoomView,
  ),
  inviteUser: procedure(
    'POST',
    '/rooms/{room_id}/invites',
    'Invite a user, of this server or a peer, into a room homed here',
    v.object({ room_id: roomId, user_id: userId, ...as }),
    v.object({ event_id: v.string() }),
  ),
  invites: procedure(
    'GET',
    '/invites',
    'Invites that wait for local users',
    v.object({ ...paging, ...as }),
    listOf(RoomInviteView),
  ),
  acceptInvite: procedure(
    'POST',
    '/invites/{id}/accept',
    'Accept an invite: joins the room',
    v.object({ id: text('the id of an invite', 1024) }),
    RoomView,
  ),
  declineInvite: procedure(
    'POST',
    '/invites/{id}/decline',
    'Decline an invite',
    v.object({ id: text('the id of an invite', 1024) }),
    RoomInviteView,
  ),
  members: procedure(
    'GET',
    '/rooms/{room_id}/members',
    'Members, of every server',
    v.object({ room_id: roomId, ...paging }),
    listOf(MemberView),
  ),
  removeMember: procedure(
    'DELETE',
    '/rooms/{room_id}/members/{user_id}',
    'Remove a member from a room homed here; only an invite lets them in again',
    v.object({ room_id: roomId, user_id: userId, ...as }),
    done,
  ),
  channels: procedure(
    'GET',
    '/rooms/{room_id}/channels',
    'Channels of a room',
    v.object({ room_id: roomId }),
    listOf(ChannelView),
  ),
  addChannel: procedure(
    'POST',
    '/rooms/{room_id}/channels',
    'Add a channel to a room homed here',
    v.object({ room_id: roomId, name: name('channel'), ...as }),
    ChannelView,
  ),
  timeline: procedure(
    'GET',
    '/rooms/{room_id}/timeline',
    'Messages as they stand now, newest first',
    v.object({ room_id: roomId, channel_id: v.optional(channelId), ...paging }),
    listOf(TimelineItem),
  ),
  postMessage: procedure(
    'POST',
    '/rooms/{room_id}/messages',
    'Post a message, into the first channel unless one is named',
    v.object({ room_id: roomId, body, channel_id: v.optional(channelId), ...as }),
    v.object({ event_id: v.string(), message_id: v.string() }),
  ),
  editMessage: procedure(
    'PATCH',
    '/rooms/{room_id}/messages/{event_id}',
    'Edit a message of one of our users',
    v.object({ room_id: roomId, event_id: eventId, body, ...as }),
    v.object({ event_id: v.string() }),
  ),
  deleteMessage: procedure(
    'DELETE',
    '/rooms/{room_id}/messages/{event_id}',
    'Delete a message: the author may, and the owner of a room homed here',
    v.object({ room_id: roomId, event_id: eventId, ...as }),
    v.object({ event_id: v.string() }),
  ),
  react: procedure(
    'PUT',
    '/rooms/{room_id}/messages/{event_id}/reactions/{emoji}',
    'React to a message',
    v.object({ room_id: roomId, event_id: eventId, emoji, ...as }),
    v.object({ event_id: v.string() }),
  ),
  unreact: procedure(
    'DELETE',
    '/rooms/{room_id}/messages/{event_id}/reactions/{emoji}',
    'Take a reaction back',
    v.object({ room_id: roomId, event_id: eventId, emoji, ...as }),
    v.object({ event_id: v.string() }),
  ),
  event: procedure(
    'GET',
    '/events/{event_id}',
    'One event: its envelope, where it came from, how its delivery went',
    v.object({ event_id: eventId }),
    EventView,
  ),
  outbox: procedure('GET', '/outbox', 'What waits, by destination', nothing, listOf(OutboxDestinationView)),
  outboxEntries: procedure(
    'GET',
    '/outbox/{destination}',
    'What waits for one destination, oldest first',
    v.object({ destination: serverName, ...paging }),
    listOf(OutboxEntryView),
  ),
  retryOutbox: procedure(
    'POST',
    '/outbox/{destination}/retry',
    'Try now; replays dead letters too, all of them unless some are named',
    v.object({ destination: serverName, event_ids: v.optional(v.array(eventId)) }),
    v.object({ retried: v.number() }),
  ),
  giveUpOutbox: procedure(
    'DELETE',
    '/outbox/{destination}/{event_id}',
    'Give up delivering one event to one destination',
    v.object({ destination: serverName, event_id: eventId }),
    done,
  ),
} as const;

export type Contract = typeof contract;
export type ProcedureName = keyof Contract;
export type Input<N extends ProcedureName> = v.InferOutput<Contract[N]['input']>;
/** What a caller may write: defaults left out, numbers as text where a query brings them. */
export type CallInput<N extends ProcedureName> = v.InferInput<Contract[N]['input']>;
export type Output<N extends ProcedureName> = v.InferOutput<Contract[N]['output']>;

/** What a shell is given: every procedure of the contract as a function. */
export type Api = { readonly [N in ProcedureName]: (input: Input<N>) => Promise<Output<N>> };
