import { peerInvitePrefix } from '../../../shared/protocol/peer-invite.ts';

/** Begins as an invite does; whether it is a good one, the node says. */
export const isInviteLink = (value: string): boolean =>
  value.trim().toLowerCase().startsWith(peerInvitePrefix);
