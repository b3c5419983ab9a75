import encodeQr from 'qr';
import { ApiError } from '../../../shared/api/client.ts';
import type { Api, Output } from '../../../shared/api/contract.ts';
import {
  bestLink,
  type PeerInviteView,
  type UnansweredAcceptanceView,
} from '../../../shared/api/views/pairing-views.ts';
import { printable } from '../../../shared/protocol/coding/plain-text.ts';
import type { Words } from '../../../shared/words/words.ts';
import { exitCodes, usageFailure } from '../../start/failure.ts';
import { agreed } from '../ask.ts';
import { type Branch, listOutcome, type Outcome, wholeNumber } from '../command.ts';
import { findRoomId } from '../find-room.ts';
import { pairs, table, when } from '../text.ts';

/** invite, accept, waiting: connect to peers with a link instead of by hand (docs/protocol/pairing.md). */
export function addPairingCommands(program: Branch): void {
  const { words } = program;
  const { commands, options: flags } = words.cliHelp;
  const texts = words.cli.pairing;
  const invite = program.group(
    'invite',
    commands.invite,
    [
      ['--room <room>', flags.inviteRoom],
      ['--hours <number>', flags.hours, inviteHours],
      ['--home', flags.inviteHome],
    ],
    async ({ api, options }) => {
      const { hours, room, home } = options;
      const made = await api.makePeerInvite({
        ...(typeof hours === 'number' ? { expires_in_seconds: hours * 3600 } : {}),
        ...(typeof room === 'string' ? { room_id: await findRoomId(api, room) } : {}),
        ...(home === true ? { where: 'home' } : {}),
      });
      return { json: made, text: inviteText(words, made) };
    },
  );
  invite.add('list', commands.inviteList, async ({ api }) =>
    listOutcome(words, await api.peerInvites({}), invitesText),
  );
  invite.add('revoke <id>', commands.inviteRevoke, async ({ api, args }) => {
    const revoked = await api.revokePeerInvite({ id: args[0]! });
    return { json: revoked, text: texts.revoked({ id: revoked.id }) };
  });
  invite.add('let-in <id>', commands.inviteLetIn, [['--yes', flags.yes]], async (call) => {
    const { api, args, json, print } = call;
    const id = args[0]!;
    const { claim } = (await api.peerInvites({})).items.find((one) => one.id === id) ?? {};
    if (claim) {
      const { server_name: server, fingerprint } = claim;
      if (!json) print(texts.claim({ server, fingerprint }));
      const isAgreed = await agreed(call, words.cli.ask.letIn({ server }), ({ cli }) =>
        cli.errors.needsYes({ server, fingerprint }),
      );
      if (!isAgreed) return { json: null, text: texts.nothingChanged };
    }
    const made = await api.letInAgain({ id });
    return { json: made, text: texts.letIn({ server: made.claim?.server_name ?? '' }) };
  });

  program.add(
    'accept <link>',
    commands.accept,
    [
      ['--yes', flags.yes],
      ['--wait', flags.wait],
      ['--started-over', flags.startedOver],
    ],
    async (call) => {
      const { api, args, options, json, print } = call;
      const link = args[0]!;
      const wait = options.wait === true;
      const preview = await previewOf(api, link, wait);
      if (preview === null) return acceptedOutcome(await api.acceptPeerInvite({ link, wait }));
      if (!json) print(previewText(words, preview));
      const server = printable(preview.server_name);
      const { fingerprint, started_over } = preview;
      if (started_over && !json) print(texts.startedOver({ server }));
      const question = started_over ? words.cli.ask.letIn({ server }) : words.cli.ask.trust({ server });
      const isAgreed = await agreed(call, question, ({ cli }) =>
        cli.errors.needsYes({ server, fingerprint }),
      );
      if (!isAgreed) return { json: null, text: texts.nothingChanged };
      // “--yes” trusts a new server. It takes more to put another key in the place of a known one.
      const letsIn = started_over && (options.yes !== true || options.startedOver === true);
      return acceptedOutcome(
        await api.acceptPeerInvite({
          link,
          ...(wait ? { wait } : {}),
          ...(letsIn ? { started_over: true } : {}),
        }),
      );
    },
  );
  const waiting = program.noun('waiting', commands.waiting, async ({ api }) =>
    listOutcome(words, await api.waitingAcceptances({}), waitingText),
  );
  waiting.add('drop <name>', commands.waitingDrop, async ({ api, args }) => ({
    json: await api.giveUpAcceptance({ server_name: args[0]! }),
    text: texts.stopped({ server: args[0]! }),
  }));
}

/** Null if the link's server doesn't answer and the owner wants to wait for it. */
async function previewOf(
  api: Api,
  link: string,
  waits: boolean,
): Promise<Output<'previewPeerInvite'> | null> {
  try {
    return await api.previewPeerInvite({ link });
  } catch (error) {
    if (waits && error instanceof ApiError && error.code === 'SERVICE_UNAVAILABLE') return null;
    throw error;
  }
}

function acceptedOutcome(answer: Output<'acceptPeerInvite'>): Outcome {
  const exitCode = answer.state === 'connected' ? exitCodes.ok : exitCodes.findings;
  return { json: answer, text: printable(answer.text), exitCode };
}

function inviteHours(text: string, flag: string): number {
  const hours = wholeNumber(text, flag);
  if (hours >= 1 && hours <= 720) return hours;
  throw usageFailure(({ cli }) => cli.errors.inviteHours({ flag, value: text }));
}

function inviteText(words: Words, invite: PeerInviteView): string {
  const link = bestLink(invite) ?? '';
  const texts = words.cli.pairing;
  return [
    encodeQr(link, 'ascii', { ecc: 'low', border: 2 }).trimEnd(),
    link,
    texts.invite({ until: when(words, invite.expires_at), where: invite.where }),
    ...(invite.page === 'trusted' ? [] : [texts.page[invite.page]({ link: invite.link ?? '' })]),
  ].join('\n\n');
}

const previewText = (
  { cli: { names, pairing } }: Words,
  { server_name, endpoint, fingerprint, inviter, room }: Output<'previewPeerInvite'>,
): string =>
  pairs([
    ...(inviter === null ? [] : [[names.inviter, printable(inviter)] as const]),
    [names.server, server_name],
    [names.endpoint, endpoint],
    [names.fingerprint, pairing.fingerprint({ fingerprint })],
    ...(room ? [[names.room, printable(room.name)] as const] : []),
  ]);

function invitesText(words: Words, invites: readonly PeerInviteView[]): string {
  const { heads, states, pairing } = words.cli;
  const rows = invites.map((invite) => [
    invite.id,
    invite.claim && !invite.claim.let_in
      ? pairing.claimed({ server: invite.claim.server_name })
      : states[invite.status],
    invite.used_by ?? '–',
    when(words, invite.made_at),
    when(words, invite.expires_at),
  ]);
  const { invite, status, usedBy, created, expires } = heads;
  return table([invite, status, usedBy, created, expires], rows, pairing.none);
}

function waitingText(words: Words, waiting: readonly UnansweredAcceptanceView[]): string {
  const { heads, pairing } = words.cli;
  const rows = waiting.map((one) => [
    one.server_name,
    when(words, one.accepted_at),
    when(words, one.expires_at),
    one.last_error ?? '–',
  ]);
  return table([heads.server, heads.since, heads.until, heads.why], rows, pairing.noneWaiting);
}
