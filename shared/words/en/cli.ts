import { cliData } from './cli-data.ts';
import { cliTerms } from './cli-terms.ts';

/** Everything the commands print, apart from help (`cli-help.ts`). */
export const cli = {
  yes: 'yes',
  no: 'no',
  none: 'none yet',
  notSet: 'not set',
  notCompared: 'not compared yet',
  notKnown: 'not known yet',
  more: 'There are more: --cursor {cursor}',

  ask: {
    yesNo: '[y/N]',
    /** How a typed yes may begin, lower case: its first letter and the whole word. */
    yesLetter: 'y',
    yesWord: 'yes',
    trust: 'Trust {server}?',
    letIn: 'Let {server} in as the same server?',
    drop: 'Remove older messages of {room}?',
    join: 'Join a room of {home}?',
    deleteRoom: 'Delete {room}? Everybody is removed, and nobody can join again.',
    deleteChannel: 'Delete the channel {channel} with all its messages, on every server?',
    token: 'Token or key:',
    passphrase: 'Passphrase:',
    passphraseAgain: 'Repeat the passphrase:',
  },

  errors: {
    unexpected: 'Unexpected error: {reason}',
    input: '{problem} Run the command with --help to see what it accepts.',
    unknownCommand: 'There is no command “{command}”. Run “paracord-node --help” to list the commands.',
    unknownSubcommand: 'There is no command “{command}”. Use {group} with one of these: {choices}.',
    unknownOption: 'There is no option {option}.',
    dashText:
      'There is no option “{option}”. If it is text, put -- before it, as in: send Kitchen -- "- milk"',
    didYouMean: 'There is no option {option}. Did you mean {suggestion}?',
    missingArgument: 'The argument <{argument}> is missing.',
    missingFlag: 'The option {flag} is missing.',
    missingValue: 'The option {option} needs a value.',
    notAChoice: '{option}: expected one of {choices}, got “{value}”.',
    wholeNumber: '{flag}: expected a whole number, got “{value}”.',
    day: '{flag}: expected a day such as 2026-11-26, got “{value}”.',
    inviteHours: '{flag}: expected 1 to 720 hours, got “{value}”.',
    startFlag: '{flag} starts your server, so you can’t use it before “{command}”.',
    noResponse: 'Your server at {url} doesn’t respond ({reason}). {advice}',
    noControlFile: 'Your server isn’t running with this data folder: {file} doesn’t exist. {advice}',
    controlFileUnreadable: 'Couldn’t find your running server: {file} can’t be read ({reason}). {advice}',
    controlFileInvalid: 'Couldn’t find your running server: {file} has no valid URL and token. {advice}',
    startAdvice:
      'Start your server with “paracord-node --data-dir {dir}”, or use --data-dir to name another folder.',
    fileExists: '{path} already exists. Use --output to name another file.',
    fileNotWritten: 'Couldn’t write {path}: {reason}. Use --output to name another file.',
    pictureTooLarge: '{path} has more than {max, number} KiB. Make the picture smaller.',
    fileNotRead: '{what}: couldn’t read {path} ({reason}).',
    passphrasesDiffer: 'The passphrases don’t match. Nothing was changed.',
    noRoom: 'There is no room called “{name}”. Run “paracord-node {command}” to see the IDs.',
    severalRooms: 'Several rooms are called “{name}”. Run “paracord-node {command}” to see the IDs.',
    noChannel: 'There is no channel called “{name}”. Run “paracord-node {command}” to see the IDs.',
    severalChannels: 'Several channels are called “{name}”. Run “paracord-node {command}” to see the IDs.',
    nothingToChange:
      'Nothing to change. Run “paracord-node settings change --help” to see what you can change.',
    needsYes:
      'Nothing was changed. Without a terminal, this command can’t ask you whether to trust {server}. Ask its owner to confirm this fingerprint: {fingerprint}. Then run the command again with --yes.',
    needsYesToDrop:
      'Nothing was changed. Without a terminal, this command can’t ask you whether to remove older messages. Run it again with --yes.',
    needsYesToDelete:
      'Nothing was deleted. Without a terminal, this command can’t ask you. Run it again with --yes.',
    needsYesToJoin:
      'Nothing was changed. Without a terminal, this command can’t ask you whether to join a room of {home}, which doesn’t show its users what you write. Run it again with --yes.',
    watchEnded: 'Your server stopped. Start it, then run this command again.',
    watchRefused: 'Your server refused the stream of changes (HTTP status {status}).',
    proxyHost: '{flag}: expected a host such as chat.example or 127.0.0.1:8448, got “{value}”.',
    notListening: 'Your server isn’t listening for peers. Name its port with --upstream 127.0.0.1:PORT.',
    noPublicHost: 'Your server has no public address and no name yet. Name its host with --host NAME.',
  },

  ...cliTerms,

  count: {
    peers: '{count, plural, one {# peer} other {# peers}}',
  },

  status: {
    notSetUp: 'not set up yet. Run “paracord-node setup NAME”',
    listener: '{url} (TLS {mode})',
    activeKey: '{key}, valid until {until}',
    peers:
      '{total, number}: {ok, number} OK, {waiting, number} waiting, {unreachable, number} unreachable, {silent, number} silent, {blocked, number} blocked, {quarantined, number} quarantined',
    outbox: '{waiting, number} waiting, {failed, number} failed',
    rooms: '{homed, number} hosted here, {joined, number} joined elsewhere',
    clock: '{ms, number} ms off your peers’ clocks',
    database: '{engine, select, postgresql {PostgreSQL} other {SQLite}}, {place}',
    restored: '{at}, from a backup or a copy',
    selfSigned: 'self-signed, valid until {until}',
    issued: 'issued by {issuer}, valid until {until}',
    issuedFor: 'issued by {issuer} for {names}, valid until {until}',
    publicKey: 'public key SHA-256 {hash}',
    noRecoveryFile: 'none with the current keys. Run “paracord-node keys export” to save one',
    recoveryFileSaved: 'saved {at}',
  },

  work: '{title}: {text}',
  cancelHint: '{text} (Ctrl-C cancels)',
  console: 'Valid for one login until {until}.',
  noKeys: 'No keys yet.',
  noUsers: 'No users yet.',
  userAdded: 'Added {user}.',

  ...cliData,

  settings: {
    byFlag: '{value} (set by a flag, which overrides this setting)',
    fileLimits:
      '{person_mb, number} MB per person, {all_mb, number} MB in total, {spare_mb, number} MB of the disk stay free; {fetched_mb, plural, =0 {fetched when somebody looks} other {up to {fetched_mb, number} MB fetched by themselves}}',
    outbox: '{days, plural, one {retries a delivery for # day} other {retries a delivery for # days}}',
    editsKept: 'earlier versions are kept',
    editsErased: 'earlier versions are erased on your server',
    systemLanguage: 'the system’s language',
    keysByDay: 'extended one day at a time while in use',
    keysByYou: 'extended only by you',
    limits: '{requests, number} requests per minute, {burst, number} at once, per peer',
    files: 'files: {cert}, {key}',
    acme: 'acme: {names}, from {host}',
    acmeDefaultName: 'host of the public address',
    publicUrlNamesPort:
      'The public address still names port {old}. If peers now connect to port {port}, change it too: --public-url URL.',
    peersTold:
      'Peers are learning about the change. Run “paracord-node doctor” to see any that couldn’t be reached.',
    clockTrusted: 'Confirmed. Your server writes again.',
    certificateRetried: 'Retrying now. Run “paracord-node status” to see the result.',
  },

  name: {
    none: 'Your server keeps no name. Run “paracord-node name keep PROVIDER NAME” to get a free one.',
    name: 'Name',
    provider: 'Provider',
    address: 'Address',
    since: 'Written',
    problem: 'Problem',
    which: { public: 'on the internet', home: 'in the home network' },
    dropped: 'Forgotten. The certificate is self-signed again.',
  },

  peers: {
    none: 'No peers yet. Run “paracord-node peers add URL” to add one.',
    forgot: 'Forgot {peer} and its keys.',
    until: '{mode} until {at}',
    untilBecause: '{mode} until {at} ({reason})',
    because: '{mode} ({reason})',
    state: '{state}: {text}',
    limits: '{requests, number} requests per minute, {burst, number} at once',
    clock: '{ms, number} ms off your server’s clock',
    selfSigned: '{hash} (self-signed, key pinned)',
    key: '{key}, {validity}',
    keyPinned: '{key}, {validity}, pinned',
    keyValid: 'valid until {until}',
    keyExpired: 'expired on {until}',
    keyByDay:
      'expired on {until}. The peer still uses it, so your server extends it one day at a time (last on {extended})',
    keyForGood: 'expired on {until}. You trust it anyway',
    keyNotExtended: 'expired on {until}. The last extension ended on {ended}',
    noHeld: 'No held events.',
    released: '{count, plural, one {Released # event.} other {Released # events.}}',
    refused: 'Refused: {event}: {reason}',
    discarded: '{count, plural, one {Discarded # event.} other {Discarded # events.}}',
    notListening:
      'Your server isn’t listening for peers right now. Run “paracord-node status” to find out why. The other owner needs an address to add your server.',
    localOnly:
      'Your server has no public address, so the address below works only on this computer. Set one with “paracord-node settings change --public-url URL”, or send the other owner an invite (“paracord-node invite”).',
    theirTurn:
      'Now the owner of {peer} must add your server. With Paracord Node, they run: paracord-node peers add {address}',
    adminTurn:
      'Now the admin of {peer} must add your server, with the token of an admin there as ADMIN_TOKEN:',
    pinHint:
      'This pins your key there. If {peer} still refuses it a minute later, it is older than 3.0.1: then its admin sends the same with "discover":true.',
    discoverHint: 'This lasts until you rotate your keys. Then its admin sends the new request.',
    waiting: 'Waiting until {peer} knows your server. Ctrl-C ends the waiting, and nothing else.',
    known: '{peer} knows your server.',
    knownPinned:
      '{peer} knows your server. If its admin sent the request above unchanged, your key never expires there.',
    thenCheck: 'To see whether that is done, run “paracord-node peers check {peer}”.',
  },

  pairing: {
    invite:
      'Send this link to your friend, or let them scan the code. Single use. {where, select, home {It works in your network only. } other {}}Expires {until}.',
    page: {
      self_signed:
        'It opens in Paracord Node only. For someone who doesn’t have it yet, this page explains how to get it; their browser will warn, because your server made its own certificate: {link}',
      plain:
        'It opens in Paracord Node only. For someone who doesn’t have it yet, this page explains how to get it; someone on the way could change it, because the address isn’t encrypted: {link}',
    },
    none: 'No invite links yet.',
    revoked: 'Revoked {id}.',
    claimed: 'claimed by {server}',
    claim:
      'Somebody answered this invite as {server}, with a new key: {fingerprint}. Ask its owner whether they started over.',
    letIn: '{server} is let in again, and connects within a minute.',
    startedOver: '{server} is known here under another key. Ask its owner whether they started over.',
    fingerprint: '{fingerprint}   (ask its owner to confirm it)',
    nothingChanged: 'Nothing was changed.',
    noneWaiting: 'No accepted invites are waiting for an answer.',
    stopped: 'Stopped waiting for {server}.',
  },

  rooms: {
    none: 'No rooms yet. Run “paracord-node rooms create NAME” to create one.',
    here: '{server} (your server)',
    notMember: 'none',
    empty: 'This room has no members.',
    oneWay:
      '{home} doesn’t run Paracord Node. You can read what its users write in this room, but it doesn’t show them what you write. To talk with them, create a room on your server and invite them.',
    invited: 'Invited {user}.',
    revoked: 'Revoked the invite for {user}.',
    arrived: 'hasn’t joined',
    onItsWay: 'not delivered yet',
    noneInvited: 'No open invites to this room.',
    letIn:
      '{user} is now in the room. Their server ignores invites, so yours let them in. By default, their server shows the room only to accounts created after its first message arrived.',
    removed: 'Removed {user}. They can come back only with an invite.',
    banned: 'Banned {user}. They can’t come back until you end that.',
    unbanned: 'Ended the ban of {user}. They can be invited again.',
    noneRemoved: 'Nobody was removed from this room.',
    moderates: '{user} is a moderator now.',
    moderatesNoMore: '{user} is no longer a moderator.',
    channelAdded: 'Added {name}, {id}.',
    channelRenamed: 'The channel is called {name} now.',
    channelDeleted:
      'Deleted the channel {channel}. Servers that run Paracord Node erase its messages. Other servers may keep them.',
    handedOver: '{user} owns the room, too.',
    handedOverLeft: '{user} owns the room. You left it.',
    deleted: 'Deleted {room}. Other servers keep the messages that they have.',
    writing:
      '{who, select, moderators {only owners and moderators} other {everybody}}{seconds, plural, =0 {} one {, one message a second} other {, one message in # seconds}}',
    archived: 'Archived. Nobody can write in the room until you bring it back with --undo.',
    broughtBack: 'The room is open again.',
    hidden: 'Removed from your list. Joining shows the room again, and so does --undo.',
    shown: 'The room is in your list again.',
    noInvites: 'No room invites.',
    declined: 'Declined the invite to {room}.',
    keepsAll: 'Your server keeps all messages of {room}.',
    keepsDays:
      'Your server keeps the messages of {room} of the last {days, plural, one {day} other {# days}}.',
    keepsMegabytes: 'Your server keeps at most {megabytes, number} MB of {room}.',
    keepsBoth:
      'Your server keeps the messages of {room} of the last {days, plural, one {day} other {# days}}, and at most {megabytes, number} MB.',
    droppedTo: 'Messages from before {when} are no longer on your server.',
    dropsHere:
      'Older messages are removed from your server for good. They don’t come back if you keep more later. Backups made earlier still contain them. Members on other servers keep theirs.',
    dropsAtHome:
      'Your server hosts the room, so people who join later, and servers that lose data, can’t get the removed messages from it.',
  },

  messages: {
    sent: 'Sent {event}.',
    saved: 'Saved {path}.',
    pinned: 'Pinned {event}.',
    unpinned: 'Took {event} down.',
    edited: 'Edited {event}.',
    deleted:
      'Deleted {event}.\nYour server erases its text, edits and reactions within a minute. Servers that run Paracord Node do the same when they receive the deletion. Other servers are asked to delete it, but may keep it. Earlier backups still contain it.',
    reacted: 'Reacted with {emoji}.',
    unreacted: 'Removed {emoji}.',
    none: 'No messages yet.',
    noneFound: 'No message matches.',
    searchIncomplete: 'Your server is still preparing the search. It doesn’t find all messages yet.',
    isDeleted: '(deleted)',
    isUnverified: '(can’t be verified here)',
    isEdited: '(edited)',
    isForwarded: '(forwarded)',
    answers: 'Reply to {sender}: {text}',
    answersAbsent: 'Reply to a message that isn’t here',
    receivedFrom: '{at} from {server}',
    files: '{count, plural, one {# file on {server}: {names}} other {# files on {server}: {names}}}',
    filesNotSigned:
      '{count, plural, one {# file on {server} (name not signed): {names}} other {# files on {server} (names not signed): {names}}}',
    unnamedFile: 'unnamed file',
  },

  outbox: {
    none: 'No pending deliveries.',
    noneThere: 'No pending deliveries to this destination.',
    retrying: '{count, plural, one {Retrying # event.} other {Retrying # events.}}',
    dropped: 'Stopped delivering {event} to {server}.',
  },

  doctor: {
    thisNode: 'your server',
    following: '{finding} ({count, plural, one {# related problem} other {# related problems}})',
    help: 'More about this: {page}',
    notSetUp: 'Your server has no identity yet. Run “paracord-node setup NAME” to give it one.',
    fine: 'No problems found on your server.',
    fineWithPeers:
      '{count, plural, one {No problems found on your server and # peer.} other {No problems found on your server and # peers.}}',
    noPeers: 'You don’t trust any peers yet.',
    untested: '{count, plural, one {# peer couldn’t be checked.} other {# peers couldn’t be checked.}}',
    attention: 'Needs attention: {what}.',
    failedPeers: '{failed, number} of {total, plural, one {# peer} other {# peers}}',
    findings: '{count, plural, one {# finding} other {# findings}}',
  },

  proxy: {
    tlsHere:
      'Your server still handles TLS itself. Turn that off with “paracord-node settings change --tls off”. To accept connections only from the proxy, start your server with --listen {upstream}.',
    samePort:
      'On one machine, the proxy can’t use the port your server listens on. First give peers another address, for example with “paracord-node settings change --public-url https://{host}”.',
  },
} as const;
