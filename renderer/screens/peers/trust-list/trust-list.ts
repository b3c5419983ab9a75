import * as v from 'valibot';
import { limits } from '../../../../shared/api/contract/fields.ts';
import type { Api } from '../../../../shared/api/contract.ts';
import { everyPage } from '../../../../shared/api/pages.ts';
import { type PeerLimits, PeerMode, type PeerView } from '../../../../shared/api/views/peer-views.ts';
import { normalizeServerName } from '../../../../shared/protocol/identifiers.ts';
import { fullTime } from '../../../parts/time/time.ts';
import { text } from '../../../text/text.ts';
import { readTarget } from '../adding/add-target.ts';
import { reasonCharsMax } from '../page/trust.ts';
import { shortAddress } from '../peer-words.ts';

/** One owner's decision about a server, in the form that is exchanged. */
export interface TrustEntry {
  readonly server_name: string;
  /** The address without the federation path. */
  readonly endpoint: string | null;
  readonly mode: PeerMode;
  readonly reason: string | null;
  readonly until: number | null;
  /** Null if the node's defaults apply. */
  readonly limits: PeerLimits | null;
}

export type Field = 'mode' | 'endpoint' | 'reason' | 'until' | 'limits';

export interface FieldChange {
  readonly field: Field;
  readonly from: string;
  readonly to: string;
}

/** The effect that one entry of a list would have here. */
export type Planned =
  | {
      readonly kind: 'added';
      readonly at: number;
      readonly entry: TrustEntry;
      readonly settings: readonly FieldChange[];
    }
  | {
      readonly kind: 'changed';
      readonly at: number;
      readonly entry: TrustEntry;
      readonly changes: readonly FieldChange[];
    }
  | { readonly kind: 'unchanged'; readonly at: number; readonly entry: TrustEntry }
  | { readonly kind: 'invalid'; readonly at: number; readonly name: string | null; readonly problem: string };

/** The state of this server, with which the entries are compared. */
export interface Here {
  readonly serverName: string | null;
  readonly peers: readonly PeerView[];
  readonly defaultLimits: PeerLimits;
  readonly now: number;
}

const format = 'paracord-trust-list';

export function writeTrustList(here: Here): string {
  const peers = here.peers.flatMap((peer) => entryOf(peer, here) ?? []);
  const list = { format, version: 1, server_name: here.serverName, exported_at: here.now, peers };
  return `${JSON.stringify(list, null, 2)}\n`;
}

/** `null` for a server that the owner has not decided about. */
function entryOf(peer: PeerView, { defaultLimits }: Here): TrustEntry | null {
  if (peer.mode === 'known') return null;
  const decided = peer.mode !== 'allow';
  return {
    server_name: peer.server_name,
    endpoint: peer.endpoint === null ? null : originOf(peer.endpoint),
    mode: peer.mode,
    reason: decided ? peer.reason : null,
    until: decided ? peer.until : null,
    limits: sameLimits(peer.limits, defaultLimits) ? null : peer.limits,
  };
}

/** Reads a list and says what each entry would change. Throws a sentence if it isn't a list. */
export function planTrustList(typed: string, here: Here): Planned[] {
  const seen = new Set<string>();
  return entriesIn(typed).map((raw, index) => {
    const planned = plan(raw, index + 1, here);
    if (planned.kind === 'invalid') return planned;
    const { server_name } = planned.entry;
    if (seen.has(server_name))
      return {
        kind: 'invalid',
        at: planned.at,
        name: server_name,
        problem: text.peers.trustList.invalid.twice,
      };
    seen.add(server_name);
    return planned;
  });
}

function entriesIn(typed: string): readonly unknown[] {
  const words = text.peers.trustList;
  let list: unknown;
  try {
    list = JSON.parse(typed);
  } catch {
    throw new Error(words.notJson);
  }
  const entries = Array.isArray(list) ? list : (list as { peers?: unknown } | null)?.peers;
  if (!Array.isArray(entries)) throw new Error(words.noList);
  if (entries.length === 0) throw new Error(words.empty);
  return entries;
}

const serverName = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return normalizeServerName(dataset.value);
    } catch {
      addIssue({});
      return NEVER;
    }
  }),
);
const endpoint = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const target = readTarget(dataset.value);
    if (target.kind === 'address') return target.endpoint;
    if (target.kind === 'name') return `https://${target.name}`;
    addIssue({});
    return NEVER;
  }),
);
const orNull = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null);
const fields = {
  endpoint: orNull(endpoint),
  mode: v.optional(PeerMode, 'allow'),
  reason: orNull(v.pipe(v.string(), v.maxLength(reasonCharsMax))),
  until: orNull(v.pipe(v.number(), v.integer())),
  limits: orNull(limits),
} as const satisfies Record<Field, v.GenericSchema>;

function plan(raw: unknown, at: number, here: Here): Planned {
  const words = text.peers.trustList.invalid;
  const invalid = (problem: string, name: string | null = null): Planned => ({
    kind: 'invalid',
    at,
    name,
    problem,
  });
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return invalid(words.notObject);
  const given = raw as Record<string, unknown>;
  const named = v.safeParse(serverName, given.server_name);
  if (!named.success) return invalid(words.name);
  const name = named.output;
  const values: Record<string, unknown> = { server_name: name };
  for (const field of Object.keys(fields) as Field[]) {
    const read = v.safeParse(fields[field], given[field]);
    if (!read.success) return invalid(words[field], name);
    values[field] = read.output;
  }
  const entry = settled(values as unknown as TrustEntry);
  // A friend's list has this server, too.
  if (name === here.serverName) return { kind: 'unchanged', at, entry };
  if (entry.until !== null && entry.until <= here.now) return invalid(words.over, name);
  return compare(entry, at, here);
}

/** Drops reason and end, which only a block or a quarantine has. */
const settled = (entry: TrustEntry): TrustEntry =>
  entry.mode === 'allow'
    ? { ...entry, reason: null, until: null }
    : { ...entry, reason: entry.reason || null };

function compare(entry: TrustEntry, at: number, here: Here): Planned {
  const peer = here.peers.find((each) => each.server_name === entry.server_name);
  const now = peer === undefined ? null : entryOf(peer, here);
  if (now === null) return { kind: 'added', at, entry, settings: differences(strangerNow, entry, here) };
  // An entry without an address keeps the one known here.
  const wanted = entry.endpoint === null ? { ...entry, endpoint: now.endpoint } : entry;
  const changes = differences(now, wanted, here);
  return changes.length === 0
    ? { kind: 'unchanged', at, entry }
    : { kind: 'changed', at, entry: wanted, changes };
}

const strangerNow = { endpoint: null, reason: null, until: null, limits: null, mode: null };

function differences(
  from: Omit<TrustEntry, 'server_name' | 'mode'> & { readonly mode: PeerMode | null },
  to: TrustEntry,
  here: Here,
): FieldChange[] {
  const words = text.peers.trustList;
  const changes: FieldChange[] = [];
  const put = (field: Field, before: string, after: string) =>
    changes.push({ field, from: before, to: after });
  const mode = (of: PeerMode | null) => (of === null ? words.nothing : text.peers.modes[of]);
  const address = (of: string | null) => (of === null ? words.nothing : shortAddress(of));
  const ends = (of: number | null) => (of === null ? words.untilOpen : fullTime(of));
  const numbers = (of: PeerLimits | null) =>
    of === null
      ? words.defaultLimits
      : words.limitsWords({ perMinute: of.requests_per_minute, burst: of.burst });
  if (from.mode !== to.mode) put('mode', mode(from.mode), mode(to.mode));
  if (from.endpoint !== to.endpoint) put('endpoint', address(from.endpoint), address(to.endpoint));
  if (from.reason !== to.reason) put('reason', from.reason ?? words.nothing, to.reason ?? words.nothing);
  if (from.until !== to.until) put('until', ends(from.until), ends(to.until));
  const { defaultLimits } = here;
  if (!sameLimits(from.limits ?? defaultLimits, to.limits ?? defaultLimits))
    put('limits', numbers(from.limits), numbers(to.limits));
  return changes;
}

const sameLimits = (a: PeerLimits, b: PeerLimits): boolean =>
  a.requests_per_minute === b.requests_per_minute && a.burst === b.burst;

function originOf(address: string): string {
  const url = URL.parse(address);
  return url === null ? address : url.origin;
}

/** Reads the node's state now, to make a trust list from it or compare one with it. */
export async function readHere(api: Pick<Api, 'peers' | 'settings' | 'status'>): Promise<Here> {
  const [peers, settings, status] = await Promise.all([
    everyPage(api.peers),
    api.settings({}),
    api.status({}),
  ]);
  return {
    serverName: status.server_name,
    peers,
    defaultLimits: settings.default_limits,
    now: status.now,
  };
}
