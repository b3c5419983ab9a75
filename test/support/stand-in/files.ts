import { createHmac } from 'node:crypto';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { type Answer, type Call, forbidden, json, notFound, unauthorized } from './answer.ts';
import type { StandInHost } from './host.ts';
import type { Peer } from './peers.ts';
import { hasMemberOf } from './rooms.ts';
import { namesOf } from './taking/rules.ts';

/** Files of its messages, and the list of its guilds. */
const linkSeconds = 300;
const guildsMax = 50;

const mark = (server: StandInHost, claim: string): string =>
  createHmac('sha256', server.fileSecret).update(claim).digest('hex');

export function fileToken(
  server: StandInHost,
  fields: Readonly<Record<string, unknown>>,
  peer: Peer,
): Answer {
  const id = String(fields.attachment_id);
  const file = server.events.files.get(id);
  const room = server.rooms.get(String(fields.room_id));
  if (!file || file.room !== room?.id) throw notFound;
  if (!room.members.has(String(fields.user_id)) || !hasMemberOf(room, namesOf(peer))) throw forbidden;
  const expires = Math.floor(server.now() / 1000) + linkSeconds;
  const claim = `v2:${id}:${expires}:${peer.server_name}`;
  const token = `${claim}.${mark(server, claim)}`;
  const download_url = `${federationPrefix}/file/${id}?token=${encodeURIComponent(token)}`;
  return json(200, { token, download_url, expires_in_seconds: linkSeconds });
}

/** Since 3.0, only the peer that got the link may use it, and signs the request. */
export function download(server: StandInHost, call: Call, url: URL): Answer {
  const caller = server.era.bindsFiles ? server.transport.authorize(call, { once: true }).peer : null;
  const [, claim = '', id = '', expires, audience, signed] =
    /^(v2:(\d+):(\d+):(.+))\.([0-9a-f]{64})$/.exec(url.searchParams.get('token') ?? '') ?? [];
  const isForCaller = caller === null || caller.server_name === audience;
  const isInTime = Number(expires) * 1000 > server.now();
  if (signed !== mark(server, claim) || !isForCaller || !isInTime) throw unauthorized;
  const file = url.pathname.endsWith(`/${id}`) ? server.events.files.get(id) : undefined;
  if (!file) throw notFound;
  return { status: 200, type: 'application/octet-stream', body: file.bytes };
}

/** Only guilds that are let out. */
export function guildList(server: StandInHost, call: Call, url: URL): Answer {
  server.transport.authorize(call);
  if (!server.allowsDiscovery) throw notFound;
  const search = (url.searchParams.get('search') ?? '').toLowerCase();
  const limit = Math.min(Math.max(Number(url.searchParams.get('limit') ?? guildsMax), 1), guildsMax);
  const room = server.rooms.get(server.room);
  const isListed = room?.isLetOut && !url.searchParams.has('tag');
  const guild = {
    id: server.guild,
    name: server.guildName,
    description: null,
    icon_hash: null,
    tags: [],
    member_count: room?.members.size ?? 0,
    online_count: 0,
    federated: true,
    created_at: new Date(server.madeAt).toISOString(),
  };
  const guilds = isListed && guild.name.toLowerCase().includes(search) ? [guild] : [];
  return json(200, { guilds: guilds.slice(0, limit), total: guilds.length });
}
