import { setTimeout as pause } from 'node:timers/promises';
import type { Api, Input, Output } from '../../../shared/api/contract.ts';
import { standingOfPeer } from '../../../shared/api/standing.ts';
import { adminCommand, ourAddress, publicAddress } from '../../../shared/api/their-turn.ts';
import type { AdminRequest, HeldEventView, PeerView } from '../../../shared/api/views/peer-views.ts';
import { printable } from '../../../shared/protocol/coding/plain-text.ts';
import type { Words } from '../../../shared/words/words.ts';
import { exitCodes } from '../../start/failure.ts';
import { isAttended } from '../ask.ts';
import {
  type Branch,
  type Call,
  listOutcome,
  type Outcome,
  optional,
  paging,
  pagingOptions,
  textOption,
} from '../command.ts';
import { checkText, marked, number, pairs, standingText, table, when, withNameWarnings } from '../text.ts';

/** How often a server is asked whether it knows this one. */
const askMs = 15_000;

export function addPeerCommands(program: Branch): void {
  const { words } = program;
  const { commands, options: flags } = words.cliHelp;
  const texts = words.cli.peers;
  const peers = program.noun('peers', commands.peers, pagingOptions(words), async (call) =>
    listOutcome(words, await call.api.peers(paging(call)), peersText),
  );

  peers.add(
    'add <url-or-name>',
    commands.peersAdd,
    [
      ['--name <name>', flags.peerName],
      ['--key <hex>', flags.peerKey],
      ['--key-id <id>', flags.peerKeyId],
      ['--wait', flags.peerWait],
      ['--mode <mode>', flags.mode, ['allow', 'block', 'quarantine']],
    ],
    async (call) => {
      const { api, json, print, options } = call;
      const peer = await api.addPeer(addInput(call));
      const { server_name } = peer;
      const outcome = peerOutcome(words, peer);
      const turn = json ? null : await theirTurn(words, api, peer);
      if (turn === null) return outcome;
      const waits = options.wait === true || (isAttended() && turn.request !== null);
      const named = { peer: printable(server_name) };
      const last = waits ? texts.waiting(named) : texts.thenCheck(named);
      const text = [outcome.text, '', turn.text, '', last].join('\n');
      if (!waits) return { ...outcome, text };
      print(text);
      await untilKnown(api, server_name, () => pause(askMs));
      const known = turn.request?.discover === false ? texts.knownPinned(named) : texts.known(named);
      return { ...outcome, text: known };
    },
  );

  peers.add('show <name>', commands.peersShow, async ({ api, args }) =>
    withRequest(words, await api.peer({ server_name: args[0]! })),
  );

  const modes = [
    ['allow', commands.peersAllow],
    ['block', commands.peersBlock],
    ['quarantine', commands.peersQuarantine],
  ] as const;
  for (const [mode, summary] of modes) {
    peers.add(
      `${mode} <name>`,
      summary,
      mode === 'allow' ? [] : [['--reason <text>', flags.reason]],
      async ({ api, args, options }) =>
        peerOutcome(
          words,
          await api.changePeer({ server_name: args[0]!, mode, ...optional(options, 'reason', 'reason') }),
        ),
    );
  }

  peers.add('forget <name>', commands.peersForget, async ({ api, args }) => ({
    json: await api.forgetPeer({ server_name: args[0]! }),
    text: texts.forgot({ peer: args[0]! }),
  }));

  peers.add('extend-keys <name>', commands.peersExtendKeys, async ({ api, args }) =>
    peerOutcome(words, await api.extendPeerKeys({ server_name: args[0]! })),
  );

  peers.add('check <name>', commands.peersCheck, async ({ api, args }) => {
    const check = await api.checkPeer({ server_name: args[0]! });
    return {
      json: check,
      text: checkText(check.server_name, check),
      exitCode: check.result === 'failed' ? exitCodes.findings : exitCodes.ok,
    };
  });

  peers.add('held <name>', commands.peersHeld, pagingOptions(words), async (call) =>
    listOutcome(words, await call.api.heldEvents({ server_name: call.args[0]!, ...paging(call) }), heldText),
  );

  peers.add('release <name> [event-ids...]', commands.peersRelease, async (call) => {
    const answer = await call.api.releaseHeld(heldInput(call.args));
    const refused = answer.refused.map(({ event_id, message }) =>
      texts.refused({ event: printable(event_id), reason: printable(message) }),
    );
    return {
      json: answer,
      text: [texts.released({ count: answer.released }), ...refused].join('\n'),
    };
  });

  peers.add('discard <name> [event-ids...]', commands.peersDiscard, async (call) => {
    const answer = await call.api.discardHeld(heldInput(call.args));
    return { json: answer, text: texts.discarded({ count: answer.discarded }) };
  });
}

function addInput({ args, options }: Call): Input<'addPeer'> {
  const target = args[0]!;
  const name = textOption(options, 'name');
  const { mode } = options;
  const [key, keyId] = [textOption(options, 'key'), textOption(options, 'keyId')];
  return {
    ...(name !== undefined || /[/:]/.test(target)
      ? { endpoint: withScheme(target) }
      : { server_name: target }),
    ...(name === undefined ? {} : { server_name: name }),
    ...(mode === 'allow' || mode === 'block' || mode === 'quarantine' ? { mode } : {}),
    ...(key === undefined && keyId === undefined
      ? {}
      : { key: { key_id: keyId ?? '', public_key: (key ?? '').toLowerCase() } }),
  };
}

const withScheme = (target: string) => (target.includes('://') ? target : `https://${target}`);

function heldInput([server_name, ...event_ids]: readonly string[]) {
  return { server_name: server_name!, ...(event_ids.length > 0 ? { event_ids } : {}) };
}

function validity(words: Words, key: PeerView['keys'][number]): string {
  const texts = words.cli.peers;
  const until = when(words, key.valid_until);
  switch (key.standing) {
    case 'valid':
      return texts.keyValid({ until });
    case 'by_day':
      return texts.keyByDay({ until, extended: when(words, key.extended_at) });
    case 'for_good':
      return texts.keyForGood({ until });
    case 'expired':
      return key.extended_until === null
        ? texts.keyExpired({ until })
        : texts.keyNotExtended({ until, ended: when(words, key.extended_until) });
  }
}

function modeText(words: Words, peer: PeerView): string {
  const texts = words.cli.peers;
  const mode = words.cli.states[peer.mode];
  const { reason } = peer;
  if (peer.until === null) return reason === null ? mode : texts.because({ mode, reason });
  const at = when(words, peer.until);
  return reason === null ? texts.until({ mode, at }) : texts.untilBecause({ mode, at, reason });
}

function peerOutcome(words: Words, peer: PeerView): Outcome {
  const { names, peers: texts, notKnown, notCompared } = words.cli;
  const standing = standingOfPeer(peer);
  const { limits } = peer;
  const text = pairs([
    [names.peer, peer.server_name],
    ...(peer.domain === peer.server_name ? [] : [[names.domain, peer.domain] as const]),
    [names.endpoint, peer.endpoint ?? notKnown],
    [names.mode, modeText(words, peer)],
    [
      names.state,
      standing === null
        ? peer.state_text
        : texts.state({ state: words.standing[standing], text: peer.state_text }),
    ],
    [names.lastSeen, when(words, peer.last_seen_at)],
    [names.limits, texts.limits({ requests: limits.requests_per_minute, burst: limits.burst })],
    [names.queued, number(words, peer.queued)],
    [names.held, number(words, peer.held)],
    [names.clock, peer.clock_offset_ms === null ? notCompared : texts.clock({ ms: peer.clock_offset_ms })],
    ...(peer.tls_sha256 === null
      ? []
      : [[names.certificate, texts.selfSigned({ hash: peer.tls_sha256 })] as const]),
    ...peer.keys.map((key) => {
      const said = { key: key.key_id, validity: validity(words, key) };
      return [names.key, key.pinned ? texts.keyPinned(said) : texts.key(said)] as const;
    }),
    ...peer.warnings.map((warning) => [names.warning, warning] as const),
  ]);
  return { json: peer, text };
}

function peersText(words: Words, peers: readonly PeerView[]): string {
  const { heads, states, peers: texts } = words.cli;
  const rows = peers.map((peer) => [
    peer.server_name,
    states[peer.mode],
    standingText(words, standingOfPeer(peer)),
    when(words, peer.last_seen_at),
    number(words, peer.queued),
    number(words, peer.held),
    peer.state_text,
  ]);
  const { peer, mode, state, lastSeen, waiting, held } = heads;
  return table([peer, mode, state, lastSeen, waiting, held, ''], rows, texts.none);
}

function heldText(words: Words, events: readonly HeldEventView[]): string {
  const { heads, peers } = words.cli;
  const rows = events.map((event) => [
    when(words, event.received_at),
    event.event_type,
    marked(event.sender, event),
    event.room_id,
    event.event_id,
    event.body ?? '',
  ]);
  const { received, type, sender, room, event, text } = heads;
  return withNameWarnings(table([received, type, sender, room, event, text], rows, peers.noHeld), events);
}

const knows = ({ steps }: Output<'checkPeer'>): boolean =>
  steps.some(({ step, result }) => step === 'signed-read' && result === 'ok');

/** Returns once the other server accepts a signed question, however long that takes. */
export async function untilKnown(
  api: Pick<Api, 'checkPeer'>,
  server_name: string,
  pauseBetween: () => Promise<unknown>,
): Promise<void> {
  while (!knows(await api.checkPeer({ server_name }))) await pauseBetween();
}

interface Turn {
  readonly text: string;
  /** The request that its admin sends, if it is an existing Paracord server. */
  readonly request: AdminRequest | null;
}

/** The next step of the other owner; `null` if that server already knows us. */
async function theirTurn(words: Words, api: Api, added: PeerView): Promise<Turn | null> {
  const { server_name, endpoint, mode } = added;
  if (mode !== 'allow' || endpoint === null) return null;
  if (knows(await api.checkPeer({ server_name }))) return null;
  const status = await api.status({});
  const texts = words.cli.peers;
  const address = ourAddress(status);
  if (address === '') return { text: texts.notListening, request: null };
  // The check may have shown which request its admin needs.
  const peer = await api.peer({ server_name });
  const lines = [
    ...(publicAddress(status) === null ? [texts.localOnly] : []),
    requestText(words, peer) ?? texts.theirTurn({ peer: printable(server_name), address }),
  ];
  return { text: lines.join('\n'), request: peer.admin_request };
}

/** The request that the admin of an existing Paracord server has to send; null without one. */
export function requestText({ cli }: Words, peer: PeerView): string | null {
  const { server_name, endpoint, admin_request } = peer;
  if (admin_request === null || endpoint === null) return null;
  const named = { peer: printable(server_name) };
  const hint = admin_request.discover ? cli.peers.discoverHint : cli.peers.pinHint(named);
  return [cli.peers.adminTurn(named), '', adminCommand(admin_request, endpoint), '', hint].join('\n');
}

function withRequest(words: Words, peer: PeerView): Outcome {
  const outcome = peerOutcome(words, peer);
  const request = requestText(words, peer);
  return request === null ? outcome : { ...outcome, text: `${outcome.text}\n\n${request}` };
}
