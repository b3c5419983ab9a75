/** Why the existing server cannot do something, and where its source says so, by release. */
export const reasons = {
  mirror: {
    text: 'Messages of others in one of its guilds end up in a second guild, a mirror that its users aren’t in: it only looks for the guild among those of other servers.',
    where: {
      '0.8.5': 'crates/paracord-api/src/routes/federation.rs:1129, 1206',
      '0.5.0': 'crates/paracord-api/src/routes/federation.rs:1023, 1100',
    },
  },
  noInvites: {
    text: 'It ignores invites from other servers. Your room appears there as a guild after its first message, and only accounts created after that are in it; nobody there can invite the others.',
    where: {
      '0.8.5': 'crates/paracord-api/src/routes/federation.rs:683',
      '0.5.0': 'crates/paracord-api/src/routes/federation.rs:600',
    },
  },
  peerList: {
    text: 'With SQLite it can’t read its own list of peers, because a column has a type that its driver doesn’t know. So it never asks a peer for what it missed, nor for a file.',
    where: {
      '0.8.5':
        'crates/paracord-db/src/federation.rs:181 and migrations/20260215000008_federated_servers.sql:10',
    },
  },
  noPush: {
    text: 'It doesn’t push: it stores an event before it sends it, and then treats it as one that it has already forwarded. Your node asks it every few seconds instead.',
    where: {
      '0.8.5':
        'crates/paracord-api/src/routes/channels.rs:2473 and crates/paracord-federation/src/lib.rs:403',
    },
  },
  noFileNames: {
    text: 'Its messages don’t say which files belong to them, and no call hands out a file.',
    where: { '0.5.0': 'crates/paracord-api/src/routes/channels.rs:2278' },
  },
  noReplies: {
    text: 'Its events don’t say which message a message answers.',
    where: {
      '0.8.5':
        'crates/paracord-federation/src/lib.rs:272 and crates/paracord-api/src/routes/channels.rs:2375',
    },
  },
  mirrorFiles: {
    text: 'It gives a file only to members of a guild of its own. Nobody of yours is in its mirror of your room.',
    where: { '0.8.5': 'crates/paracord-api/src/routes/federation.rs:2706' },
  },
  noRemovals: {
    text: 'It takes the author of a removal for the user who left. So the room stays in the list of the one who was removed, with what they had.',
    where: { '0.8.5': 'crates/paracord-api/src/routes/federation.rs:1685' },
  },
  noProfiles: {
    text: 'It shows the user names of other servers’ users, and doesn’t know that they can call themselves something else.',
    where: { '0.8.5': 'crates/paracord-api/src/routes/federation.rs:683' },
  },
  noTopics: {
    text: 'It ignores what other servers say about a room: topic, description, pinned messages, and whether it is archived.',
    where: { '0.8.5': 'crates/paracord-api/src/routes/federation.rs:683' },
  },
  noDeletesOfOthers: {
    text: 'It looks for a deleted message only among those that came from other servers, so what its own users wrote stays there.',
    where: { '0.8.5': 'crates/paracord-api/src/routes/federation.rs:1388' },
  },
  lostByKill: {
    text: 'It answers its user first and stores the message for other servers afterwards. If it is killed in between, the message never leaves it.',
    where: {
      '0.8.5': 'crates/paracord-api/src/routes/channels.rs:861',
      '0.5.0': 'crates/paracord-api/src/routes/channels.rs:824',
    },
  },
  cutOff: {
    text: 'It writes an event down and shows the message after that. When the connection breaks in between, it drops the rest, and takes the event for a repeat when it comes again: its users never see that message.',
    where: {
      '0.8.5': 'crates/paracord-api/src/routes/federation.rs:655, 663',
      '0.5.0': 'crates/paracord-api/src/routes/federation.rs:572, 580',
    },
  },
} as const satisfies Record<
  string,
  { readonly text: string; readonly where: Readonly<Record<string, string>> }
>;

export type ReasonId = keyof typeof reasons;
