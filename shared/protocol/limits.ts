/** All limits of the protocol, ours and those on others, by name; units last (docs/protocol/wire.md, "Limits"). */
export const limits = {
  /** `content`, serialised. */
  contentBytesMax: 1_048_576,
  /** The existing server allows its own users to write this much. */
  otherBodyBytesMax: 2000,
  /** An identifier that the existing server takes. */
  otherIdCharsMax: 255,
  /** The age up to which we send it an event; it takes seven days. */
  otherAgeMsMax: 7 * 86_400_000 - 3_600_000,
  /** How far ahead of our clock we place events in a room that it is in; it takes `clockSkewMsMax`. */
  otherAheadMsMax: 50_000,
  contentLevelsMax: 32,
  contentEntriesMax: 10_000,
  /** A whole request body: the content, the envelope around it, a signature map. */
  bodyBytesMax: 1_048_576 + 65_536,
  /** Any JSON we parse, before its own rules are checked. */
  jsonLevelsMax: 64,
  /** Arrays, objects, texts, numbers and words in one JSON text from another server; in a page, per event. */
  jsonValuesMax: 20_000,
  serverNameCharsMax: 253,
  endpointCharsMax: 1024,
  localpartCharsMax: 255,
  eventIdCharsMax: 1024,
  eventTypeCharsMax: 128,
  stateKeyCharsMax: 1024,
  keyIdCharsMax: 128,
  emojiCharsMax: 64,
  /** A room's topic is one line, its description may have several. */
  topicCharsMax: 200,
  descriptionCharsMax: 2000,
  /** Messages pinned in one room. */
  pinnedMax: 50,
  /** Keys in one answer. */
  keysInAnswerMax: 32,
  /** Signatures of its origin on one event. Each may have to be verified. */
  eventSignaturesMax: 4,
  /** Pages of one server's keys that a reader fetches. */
  keyPagesMax: 4,
  /** Keys of one server that are kept, as it says itself, and as each home says. */
  serverKeysMax: 64,
  /** Servers that we know through one room's home. */
  toldServersMax: 200,
  /** The length of the name of a message's file. */
  fileNameCharsMax: 120,
  filesShownMax: 20,
  /** Files of one message that is written here. */
  filesMax: 10,
  filePixelsMax: 100_000,
  /** The size of one file. */
  fileBytesMax: 500 * 1_048_576,
  /** The size of a picture that stands for somebody or a room, and the width and height that its header may state. */
  pictureBytesMax: 65_536,
  picturePixelsMax: 1024,
  /** Files that one peer fetches at a time, and all. */
  fileReads: { perPeer: 4, total: 32 },
  clockSkewMsMax: 60_000,
  /** An event further ahead than this has no effect until our clock catches up (docs/protocol/events.md, "Depth"). */
  aheadMsMax: 15 * 60_000,
  /** The time for which an event may still arrive after its author left or was removed. */
  afterRemovalMsMax: 5 * 60_000,
  /** A depth further beyond the event's own time does not count (docs/protocol/events.md, "Depth"). */
  depthBeyondTimeMsMax: 86_400_000,
  /** The offset from which on a wrong clock signs nothing; well below `aheadMsMax`. */
  clockLeapMsMin: 5 * 60_000,
  /** Events in one request. */
  batchEventsMax: 64,
  /** A line that is slower than this has no time to finish a large request or answer. */
  slowestBytesPerMs: 8,
  /** Servers that an event was also sent to; more are ignored. */
  sentToMax: 1000,
  eventsPageDefault: 100,
  eventsPageMax: 1000,
  inviteAgeSecondsMin: 60,
  inviteAgeSecondsMax: 86_400,
  inviteAgeSecondsDefault: 3600,
  peerInviteCharsMax: 2048,
  peerInviteAgeMsMin: 10 * 60_000,
  peerInviteAgeMsMax: 30 * 86_400_000,
  peerInviteAgeMsDefault: 7 * 86_400_000,
  /** How far the inviter's clock may be ahead of ours. */
  peerInviteClockMsMax: 86_400_000,
  /** Bodies in memory before their signature is verified, in bytes. */
  unverifiedBytes: { total: 32 * 1_048_576, perAddress: 16 * 1_048_576 },
  /** Bytes of a request that may have arrived while its sender's key is looked for, and of all such requests. */
  keyWaitBytes: { each: 65_536, total: 8 * 1_048_576, perOrigin: 2 * 1_048_576 },
  /** Verified requests being processed, and answers being sent, in bytes; each. */
  underWayBytes: { total: 64 * 1_048_576, perPeer: 16 * 1_048_576 },
  /** Limits on what a peer may send and read, in bytes. */
  peerBytes: { perMinute: 64 * 1_048_576, burst: 64 * 1_048_576 },
  /** How much work each request of a peer's rate allows, in units of one simple event. */
  workPerRequest: 2,
  /** Rows that are looked at for a read, for one unit of work. */
  rowsPerWork: 100,
  /** Edits and reactions by one server on one message; more are delayed. */
  messageEffects: { perMinute: 60, burst: 500 },
  /**
   * The longest pause that a room may ask for between two messages of a member; messages of one user that come faster, from
   * the user's server. More are delayed.
   */
  slowMode: { secondsMax: 3600, perMinute: 1, burst: 20 },
  /** Joins and leaves of one user in one room, by one server; more are delayed. */
  memberChanges: { perMinute: 6, burst: 30 },
  /** Users of one server who are or were in a room. */
  roomUsersMax: 1000,
  /** Users of one server who join a room for the first time; more are delayed. */
  newUsers: { perMinute: 30, burst: 100 },
  /** Unanswered room invites by one server; more are delayed. */
  roomInvitesMax: 100,
  /** The time for which a revoked invite counts as unanswered. */
  revokedInviteMs: 86_400_000,
  /** Room invites by one server; more are delayed. */
  roomInvites: { perMinute: 10, burst: 50 },
  /** Decisions of moderators on one server in one room; more are refused for a while. */
  moderations: { perMinute: 60, burst: 200 },
  /** Why somebody is removed or banned. */
  reasonCharsMax: 300,
  /** Users, and rooms, that one server lists for its peers. */
  listedMax: 200,
  listedNameCharsMax: 100,
  listingCharsMax: 400_000,
  /** Reads of such a list by one peer. */
  listingReads: { perMinute: 6, burst: 6 },
  /** Questions by one peer whether a user exists. */
  userLookups: { perMinute: 20, burst: 40 },
  /** Receipts in one call by a room's home. */
  receiptsMax: 200,
  /** Reports of who is writing: how often about one room, to how many servers at most, and how many names. */
  typing: { everyMs: 4_000, serversMax: 20, usersMax: 20 },
  /** How far ahead the next attempt of a delivery may be: an hour of back-off, plus the tolerance of clocks. */
  receiptNextMsMax: 3_600_000 + 2 * 60_000,
} as const;
