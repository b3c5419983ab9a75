import { type Command, Option } from 'commander';
import type { Api } from '../../../shared/api/contract.ts';
import { adminRequest, ourAddress, publicAddress } from '../../../shared/api/their-turn.ts';
import type { HeldEventView, PeerView } from '../../../shared/api/views.ts';
import { exitCodes } from '../../start/exit-codes.ts';
import { checkText } from '../check-text.ts';
import {
  addCommand,
  addNoun,
  listOutcome,
  type Outcome,
  optional,
  paging,
  pagingOptions,
  type Shell,
} from '../command.ts';
import { count, pairs, printable, table, when } from '../text.ts';

export function addPeerCommands(shell: Shell, program: Command): void {
  const peers = addNoun(shell, program, 'peers', 'servers this node knows', async (call) =>
    listOutcome(await call.api.peers(paging(call)), peersText),
  );

  addCommand(
    shell,
    peers,
    'add <url-or-name>',
    'add a peer; its keys are fetched and pinned',
    async (call) => {
      const target = call.args[0]!;
      const { mode } = call.options;
      const peer = await call.api.addPeer({
        ...(/[/:]/.test(target) ? { endpoint: withScheme(target) } : { server_name: target }),
        ...(mode === 'allow' || mode === 'block' || mode === 'quarantine' ? { mode } : {}),
      });
      const outcome = peerOutcome(peer);
      const turn = call.json ? null : await theirTurn(call.api, peer);
      return turn === null ? outcome : { ...outcome, text: `${outcome.text}\n\n${turn}` };
    },
  ).addOption(new Option('--mode <mode>', 'how far it is trusted').choices(['allow', 'block', 'quarantine']));

  addCommand(shell, peers, 'show <name>', 'one peer', async ({ api, args }) =>
    peerOutcome(await api.peer({ server_name: args[0]! })),
  );

  const modes = [
    ['allow', 'take events from a peer again'],
    ['block', 'take nothing from a peer and send it nothing'],
    ['quarantine', 'hold what a peer sends until it is released'],
  ] as const;
  for (const [mode, summary] of modes) {
    addCommand(
      shell,
      peers,
      `${mode} <name>`,
      summary,
      async ({ api, args, options }) =>
        peerOutcome(
          await api.changePeer({ server_name: args[0]!, mode, ...optional(options, 'reason', 'reason') }),
        ),
      mode === 'allow' ? [] : [['--reason <text>', 'a note to yourself']],
    );
  }

  addCommand(shell, peers, 'forget <name>', 'forget a peer and its keys', async ({ api, args }) => ({
    json: await api.forgetPeer({ server_name: args[0]! }),
    text: `Forgot ${args[0]!} and its keys.`,
  }));

  addCommand(
    shell,
    peers,
    'extend-keys <name>',
    'accept for good the expired keys that a peer still serves; ask its owner first',
    async ({ api, args }) => peerOutcome(await api.extendPeerKeys({ server_name: args[0]! })),
  );

  addCommand(shell, peers, 'check <name>', 'test a peer now, step by step', async ({ api, args }) => {
    const check = await api.checkPeer({ server_name: args[0]! });
    return {
      json: check,
      text: checkText(check.server_name, check),
      exitCode: check.result === 'failed' ? exitCodes.findings : exitCodes.ok,
    };
  });

  addCommand(
    shell,
    peers,
    'held <name>',
    'what a quarantined peer sent, oldest first',
    async (call) =>
      listOutcome(await call.api.heldEvents({ server_name: call.args[0]!, ...paging(call) }), heldText),
    pagingOptions,
  );

  addCommand(
    shell,
    peers,
    'release <name> [event-ids...]',
    'let held events in, or only those',
    async (call) => {
      const answer = await call.api.releaseHeld(heldInput(call.args));
      const refused = answer.refused.map((one) => `refused ${printable(`${one.event_id}: ${one.message}`)}`);
      return { json: answer, text: [`Released ${count(answer.released, 'event')}.`, ...refused].join('\n') };
    },
  );

  addCommand(
    shell,
    peers,
    'discard <name> [event-ids...]',
    'throw held events away for good',
    async (call) => {
      const answer = await call.api.discardHeld(heldInput(call.args));
      return { json: answer, text: `Discarded ${count(answer.discarded, 'event')}.` };
    },
  );
}

const withScheme = (target: string) => (target.includes('://') ? target : `https://${target}`);

function heldInput([server_name, ...event_ids]: readonly string[]) {
  return { server_name: server_name!, ...(event_ids.length > 0 ? { event_ids } : {}) };
}

function validity(key: PeerView['keys'][number]): string {
  const expired = `expired on ${when(key.valid_until)}`;
  switch (key.standing) {
    case 'valid':
      return `valid until ${when(key.valid_until)}`;
    case 'by_day':
      return `${expired}; its server still uses it, so this node extends it a day at a time (last on ${when(key.extended_at)})`;
    case 'for_good':
      return `${expired}; you accept it for good`;
    case 'expired':
      return key.extended_until === null
        ? expired
        : `${expired}; the last extension ended on ${when(key.extended_until)}`;
  }
}

const modeText = ({ mode }: PeerView): string => (mode === 'known' ? 'not a peer' : mode);

function peerOutcome(peer: PeerView): Outcome {
  const { limits } = peer;
  const until = peer.until === null ? '' : ` until ${when(peer.until)}`;
  const text = pairs([
    ['peer', peer.server_name],
    ...(peer.domain === peer.server_name ? [] : [['domain', peer.domain] as const]),
    ['endpoint', peer.endpoint ?? 'not known yet'],
    ['mode', `${modeText(peer)}${until}${peer.reason === null ? '' : ` (${peer.reason})`}`],
    ['state', `${peer.state}: ${peer.state_text}`],
    ['last seen', when(peer.last_seen_at)],
    ['limits', `${limits.requests_per_minute} requests a minute, ${limits.burst} at once`],
    ['waiting for it', String(peer.queued)],
    ['held from it', String(peer.held)],
    ['clock', peer.clock_offset_ms === null ? 'not compared yet' : `${peer.clock_offset_ms} ms off ours`],
    ...(peer.tls_sha256 === null
      ? []
      : [['certificate', `${peer.tls_sha256} (no system trusts it, so its key is pinned)`] as const]),
    ...peer.keys.map(
      (key) => ['key', `${key.key_id}, ${validity(key)}${key.pinned ? ', pinned' : ''}`] as const,
    ),
    ...peer.warnings.map((warning) => ['warning', warning] as const),
  ]);
  return { json: peer, text };
}

function peersText(peers: readonly PeerView[]): string {
  const rows = peers.map((peer) => [
    peer.server_name,
    modeText(peer),
    peer.state,
    when(peer.last_seen_at),
    String(peer.queued),
    String(peer.held),
    peer.state_text,
  ]);
  const heads = ['PEER', 'MODE', 'STATE', 'LAST SEEN', 'QUEUED', 'HELD', ''];
  return table(heads, rows, 'No peers yet; “paracord-node peers add URL” adds one.');
}

function heldText(events: readonly HeldEventView[]): string {
  const rows = events.map((event) => [
    when(event.received_at),
    event.event_type,
    event.sender,
    event.room_id,
    event.event_id,
    event.body ?? '',
  ]);
  return table(['RECEIVED', 'TYPE', 'SENDER', 'ROOM', 'EVENT', 'TEXT'], rows, 'Nothing is held.');
}

/** What the other owner does now, unless that server knows us already; `null` where nothing is to be done. */
async function theirTurn(api: Api, { server_name, endpoint, mode }: PeerView): Promise<string | null> {
  if (mode !== 'allow' || endpoint === null) return null;
  const { steps } = await api.checkPeer({ server_name });
  if (steps.some(({ step, result }) => step === 'signed-read' && result === 'ok')) return null;
  const status = await api.status({});
  if (ourAddress(status) === '')
    return 'This server is not heard anywhere right now: “paracord-node status” tells why. Its owner needs an address to add it by.';
  return [
    ...(publicAddress(status) === null
      ? [
          'This server has no public address, so the address below works on this computer only. Set one with “paracord-node settings change --public-url URL”, or send its owner an invite (“paracord-node invite”).',
        ]
      : []),
    `Now its owner adds this server. With Paracord Node: paracord-node peers add ${ourAddress(status)}`,
    'With the existing Paracord server, its admin sends this:',
    '',
    adminRequest(status, endpoint),
    '',
    `“paracord-node peers check ${printable(server_name)}” tells when it was done.`,
  ].join('\n');
}
