import { peerInvitePrefix } from '../../../shared/protocol/peer-invite.ts';

/** Looks like an invite. The node decides whether it is valid. */
export const isInviteLink = (value: string): boolean =>
  value.trim().toLowerCase().startsWith(peerInvitePrefix);
