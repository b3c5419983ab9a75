import { sql as initial } from './0001-initial.ts';
import { sql as consoleSessions } from './0002-console-sessions.ts';
import { sql as accessTokens } from './0003-access-tokens.ts';
import { sql as peerInvites } from './0004-peer-invites.ts';
import { sql as undoingTrust } from './0005-undoing-trust.ts';
import { sql as extensions } from './0006-extensions.ts';
import { sql as keyExtensions } from './0007-key-extensions.ts';
import { sql as erasure } from './0008-erasure.ts';
import { sql as otherServers } from './0009-other-servers.ts';
import { sql as receipts } from './0010-receipts.ts';
import { sql as clientKeys } from './0011-client-keys.ts';
import { sql as constantCost } from './0012-constant-cost.ts';
import { sql as saidAgain } from './0014-said-again.ts';
import { sql as keyChain } from './0016-key-chain.ts';
import { sql as recovery } from './0017-recovery.ts';
import { sql as shortInvites } from './0019-short-invites.ts';
import { sql as readState } from './0021-read-state.ts';
import { sql as directory } from './0022-directory.ts';
import { sql as invites } from './0023-invites.ts';
import { sql as activity } from './0024-activity.ts';
import { sql as growth } from './0025-growth.ts';
import { sql as lessSpace } from './0026-less-space.ts';
import { sql as copy } from './0027-copy.ts';
import { sql as replaysByTime } from './0029-replays-by-time.ts';
import { sql as retention } from './0031-retention.ts';
import { sql as destinations } from './0032-destinations.ts';
import { sql as keysBySource } from './0033-keys-by-source.ts';
import { sql as roomShares } from './0034-room-shares.ts';
import { sql as invitedUser } from './0035-invited-user.ts';
import { sql as channels } from './0036-channels.ts';
import { sql as twoTexts } from './0037-two-texts.ts';
import { sql as standingBefore } from './0038-standing-before.ts';

/** In order; the number of a schema is its position, starting with one. A released migration is never changed. */
export const migrations: readonly string[] = [
  initial,
  consoleSessions,
  accessTokens,
  peerInvites,
  undoingTrust,
  extensions,
  keyExtensions,
  erasure,
  otherServers,
  receipts,
  clientKeys,
  constantCost,
  saidAgain,
  keyChain,
  recovery,
  shortInvites,
  readState,
  directory,
  invites,
  activity,
  growth,
  lessSpace,
  copy,
  replaysByTime,
  retention,
  destinations,
  standingBefore,
  invitedUser,
  channels,
  keysBySource,
  roomShares,
  twoTexts,
];

/** Databases with an older schema keep the space of deleted rows. */
export const spaceSchema = migrations.indexOf(growth) + 1;

/** Databases with an older schema contain copies of rows in pages that SQLite has not overwritten yet. */
export const erasureSchema = migrations.indexOf(erasure) + 1;
