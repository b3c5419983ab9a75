/** Why something cannot be done in a room, or with an event. */
export const rooms = {
  direct: {
    only_two: 'This chat is between two people. Make a room to write with others, too.',
    stays:
      'This chat is between two people. Nobody decides in it, so it can’t be renamed, changed or deleted.',
    not_yourself: 'You can’t start a chat with yourself.',
    guest: '{user} is a guest and only in the rooms of their link, so nobody can start a chat with them.',
  },
  room: {
    no_users: '{server} has no users yet. Add one first.',
    no_user_as: '{user} isn’t a user of this server. Name one of its users.',
    unknown: 'This server doesn’t know the room {room}. The list of rooms shows the ones that it knows.',
    not_home: 'This can be done only at {home}, the home of the room {room}.',
    removed_invite:
      '{home} removed {user} from the room {room}, so {user} can no longer write there. Only an invite lets {user} in again.',
    removed_ask:
      '{home} removed {user} from the room {room}, so {user} can no longer write there. Join the room again to ask whether {home} lets {user} back in.',
    banned_there: '{home} banned {user} from the room {room}, so {user} can’t write there or come back.',
    not_in: '{user} isn’t in the room {room}. Join it first.',
    not_owner: 'Only the owner of the room {room} may do that, and {user} isn’t the owner.',
    not_moderator: 'Only the owner and the moderators of the room {room} may do that, and {user} is neither.',
    moderates_too: '{user} owns or moderates this room. Only its owner may do that.',
    owns_already: '{user} owns this room.',
    may_not_moderate: '{user} is a child or a guest here, so {user} can’t be a moderator.',
    channel_exists: 'The room already has a channel {name}.',
    already_in: '{user} is already in the room.',
    listed_invite_only:
      'Only rooms that anyone on a server you trust can join can be listed. Change who can join “{room}” first.',
    listed_too_many: 'At most {max} users and {max} rooms can be listed. Remove another one first.',
    no_user_there: '{server} has no user {user}. Check the spelling with them.',
    no_user: 'There is no user {user} on this server.',
    user_removed: '{user} was removed from this server.',
    not_here: 'There is no room {room} on this server.',
    many_users:
      'This room has had {max, number} users of {server}. This server doesn’t let in more users of one server.',
    banned: '{user} is banned from this room. Only its owner and moderators can end that.',
    not_banned: '{user} isn’t banned from this room.',
    needs_invite: '{user} was removed from this room and needs a new invite.',
    invite_only: 'This room requires an invite, and {user} has none.',
    leave_instead: 'You can’t remove yourself. Leave the room instead.',
    channel_unknown: 'The room {room} has no channel {channel}.',
    owner_elsewhere: '{user} is on another server. Only people on {home} can own a room that is homed there.',
    moderator_elsewhere:
      '{user} can’t be a moderator, because {server} can’t ask your server for what a moderator decides. Its owner has to run a current Paracord Node.',
    last_channel: 'The room has only this channel. Delete the room, or add another channel first.',
    hide_after_leaving: 'Leave the room first. After that you can remove it from your list.',
    not_a_member: '{user} isn’t in the room {room}.',
    not_invited: '{user} has no open invite to the room {room}, so there is nothing to revoke.',
    not_your_invite:
      'Only {inviter}, who invited {user}, or an owner or moderator of the room may revoke this invite.',
    not_users_server: '{user} isn’t a user of {server}.',
    no_channel_yet: 'This server doesn’t know any channel of {room} yet. Name one with channel_id.',
    no_channel: 'The room {room} has no channel {channel}. It has {list}.',
    channel: '{channel} ({name})',
    none_known: 'none that this server knows',
    body_too_long:
      'The message has {bytes, number} bytes, and {servers} would drop more than {max, number}. Shorten it or send it in parts.',
    only_author_edits: 'Only {user}, who wrote this message, may edit it.',
    only_author_deletes:
      'Only {user}, who wrote this message, or an owner or moderator of the room may delete it.',
    no_reaction: '{user} hasn’t reacted with {emoji}, so there is nothing to remove.',
    no_message: 'The room {room} has no message {event}.',
    forwards_alone: 'A message that is forwarded has no other text, no other files, and replies to nothing.',
    answers_elsewhere: 'The message {event} is in another channel. Reply to it there.',
    room_archived: 'This room is archived. Its owner on {home} can bring it back.',
    slow: 'This room is in slow mode. Wait {seconds, plural, one {# second} other {# seconds}} before your next message.',
    only_moderators:
      'Only owners and moderators write in this room, as its owner on {home} decided. You can react to what they write.',
    pins_full: 'No more than {max, number} messages can be pinned in a room. Take one down first.',
    deleted: 'This message was deleted.',
    invite_unknown: 'There is no invite {id}. The list of invites shows which are waiting.',
    invite_over:
      'This invite has already been {status, select, accepted {accepted} revoked {revoked} other {declined}}.',
    key_reused:
      'The client_key {key} was already used for another call ({procedure} in {room}). Use a new key for each call that isn’t a repeat.',
    home_not_asked: 'The home of the room can’t be asked. {why}',
    home_no_address: '{server} can’t be reached from here.',
    home_refused: '{server} doesn’t let {user} into {room}.',
    not_its_home:
      'The room {room} belongs to {named}. {server} is another server and can’t let you in. Check where the link or the room ID comes from.',
    other_answered:
      '{server} was asked about the room {room}, but answered about {found}. Nothing was stored. Ask the owner of {server} for the ID of the room.',
    home_clocks: '{server} rejects the request because the clocks disagree. {text} {fix}',
    home_late:
      '{server} didn’t answer within {seconds} s. If it lets you in after all, the room appears here. Otherwise, try again later.',
    home_undecided:
      '{server} didn’t answer within {seconds} s. The room shows whether it was done after all. Otherwise, try again later.',
    home_too_old:
      '{server} can no longer be asked for what a moderator on another server decides. Its owner has to run a current Paracord Node.',
    home_unreachable: '{server} can’t be reached. {why} {next}',
    home_silent_refusal:
      '{server} refuses without saying why. Either its owner hasn’t added your server yet, or the room isn’t open to people on other servers.',
    home_refuses: '{server} refuses.',
    home_answers: '{server} answers with an error.',
    home_says: '{text} It says: “{quote}”',
  },
  event: {
    unknown: 'This server doesn’t have the event {event}.',
    written: 'This event has already been written.',
    unverified:
      'This server can’t verify {event}, because it doesn’t have the key that {server} signed it with.',
    erased_deleted:
      'This server erased the text of {event} on {at, date, long} because the message was deleted.',
    erased_edited:
      'This server erased the text of {event} on {at, date, long} because a newer edit replaced it and this server keeps no earlier versions.',
    standing:
      '{server} is {standing, select, blocked {blocked here} quarantined {quarantined here} other {not a trusted peer}}.',
    too_many_held: '{max, number} events from {server} are already held here until the owner decides.',
    nobody_in: 'Nobody on this server is in the room {room}.',
    nobody_left: 'Nobody on this server is in the room {room} any more.',
    invite_rules:
      'Only the home of a room sends invites to it, and only the server of the invited user accepts them.',
    only_home: 'Only {home}, the home of the room, may send this.',
    only_home_members: 'Only {home}, the home of the room, decides about members of other servers.',
    no_member: '{user} isn’t a member of this room.',
    only_home_brings: 'Only {home} may forward events from {server}.',
    id_taken: 'This server already has a different event with the ID {event} and keeps that one.',
    many_invites:
      '{server} has sent {max} invites that nobody here has answered yet. It can send more once some of them are answered.',
    invite_pace: '{server} sends invites too fast. Retry in {seconds} s.',
    room_full: '{server} has sent as much of this room as this server stores from one server.',
    message_pace: '{server} changes this message too often. Retry in {seconds} s.',
    slow_pace: '{server} doesn’t hold {user} to the slow mode of this room. Retry in {seconds} s.',
    new_users: 'Too many users of {server} want to join this room. Retry in {seconds} s.',
    moderation_pace: 'Moderators on {server} decide too much in this room at once. Retry in {seconds} s.',
    member_pace: '{user} joins and leaves too often. Retry in {seconds} s.',
    strangers:
      'This server already holds {count, number} events from {server} in this room whose senders it doesn’t know as members. Send more once they are members.',
    bad_signature: 'The signature of {server} with key {key} doesn’t match the event.',
    no_signature: 'The event has no signature by {server}.',
    no_peer: '{server} isn’t a trusted peer, and only the home of a room may forward its events.',
    keys_unknown: 'The keys of {server} aren’t known here, and {home} doesn’t provide them.',
    foreign_id: 'The event ID {event} doesn’t belong to {server}.',
    other_guild: 'The guild_id in the content isn’t that of {room}.',
  },
} as const;
