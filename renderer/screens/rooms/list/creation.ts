import { parseLink } from '../../../../shared/api/links.ts';
import type { JoinRule } from '../../../../shared/api/views/room-views.ts';
import { parseRoomId } from '../../../../shared/protocol/identifiers.ts';
import { checkChannelName } from '../../../parts/controls/checks.ts';
import { text } from '../../../text/text.ts';

export function joinRules(): readonly {
  readonly value: JoinRule;
  readonly label: string;
  readonly hint: string;
}[] {
  const words = text.rooms.joinRule;
  return [
    { value: 'invite', label: words.invite, hint: words.inviteHint },
    { value: 'peers', label: words.peers, hint: words.peersHint },
  ];
}

/** “general, plans” as the names of channels. */
export const channelNames = (typed: string): string[] =>
  typed
    .split(',')
    .map((name) => name.normalize('NFC').trim())
    .filter((name) => name !== '');

export function checkChannels(typed: string): string | null {
  const names = channelNames(typed);
  if (names.length === 0) return checkChannelName('');
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return text.rooms.creation.channelTwice({ name: twice });
  return names.map(checkChannelName).find((problem) => problem !== null) ?? null;
}

export interface RoomToJoin {
  readonly room_id: string;
  /** The room's home, if the link names it. */
  readonly via: string | null;
}

/** A room link or a bare room id. Throws a sentence that says what is expected. */
export function roomToJoin(typed: string): RoomToJoin {
  const what = typed.trim();
  if (!what.startsWith('!')) {
    const link = parseLink(what);
    if (link.kind === 'room') return link;
    throw new Error(link.kind === 'peer' ? text.rooms.joining.isInvite : text.rooms.link[link.problem]);
  }
  try {
    parseRoomId(what);
  } catch {
    throw new Error(text.rooms.joining.notRoomId);
  }
  return { room_id: what, via: null };
}

export function checkRoomToJoin(typed: string): string | null {
  try {
    roomToJoin(typed);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
