import { type Command, InvalidArgumentError } from 'commander';
import encodeQr from 'qr';
import type { PeerInviteView, WaitingAcceptanceView } from '../../../shared/api/pairing-views.ts';
import { exitCodes } from '../../start/exit-codes.ts';
import { CommandFailure } from '../../start/failure.ts';
import { confirm, isAttended } from '../ask.ts';
import { addCommand, addGroup, addNoun, listOutcome, type Shell, wholeNumber } from '../command.ts';
import { pairs, printable, table, when } from '../text.ts';

/** invite, accept: peers by a link instead of by hand (docs/protocol/pairing.md). */
export function addPairingCommands(shell: Shell, program: Command): void {
  const invite = addGroup(
    shell,
    program,
    'invite',
    'make a link that makes another server a peer; it counts once',
    async ({ api, options }) => {
      const hours = options.hours;
      const made = await api.makePeerInvite(
        typeof hours === 'number' ? { expires_in_seconds: hours * 3600 } : {},
      );
      return { json: made, text: inviteText(made) };
    },
    [['--hours <number>', 'how long it counts, 1 to 720 (default: 168, a week)', inviteHours]],
  );
  addCommand(shell, invite, 'list', 'links made here, newest first', async ({ api }) =>
    listOutcome(await api.peerInvites({}), invitesText),
  );
  addCommand(shell, invite, 'revoke <id>', 'make a pending link worthless', async ({ api, args }) => {
    const revoked = await api.revokePeerInvite({ id: args[0]! });
    return { json: revoked, text: `Revoked ${revoked.id}.` };
  });

  addCommand(
    shell,
    program,
    'accept <link>',
    'open a link from another owner; asks before it trusts, and needs --yes without a terminal',
    async ({ api, args, options, json, print }) => {
      const link = args[0]!;
      const preview = await api.previewPeerInvite({ link });
      if (!json) print(previewText(preview));
      if (options.yes !== true) {
        if (json || !isAttended())
          throw new CommandFailure(
            'NOT_CONFIRMED',
            exitCodes.usage,
            `Nothing was changed: without a terminal, this command cannot ask you whether to trust ${printable(preview.server_name)}. Compare its fingerprint with its owner: ${preview.fingerprint}. Then run the same command again with --yes.`,
          );
        if (!(await confirm(`Trust ${printable(preview.server_name)}?`)))
          return { json: null, text: 'Nothing was changed.' };
      }
      const answer = await api.acceptPeerInvite({ link });
      const exitCode = answer.state === 'connected' ? exitCodes.ok : exitCodes.findings;
      return { json: answer, text: printable(answer.text), exitCode };
    },
    [['--yes', 'trust the server without asking']],
  );
  const waiting = addNoun(
    shell,
    program,
    'waiting',
    'opened links whose server has not answered yet',
    async ({ api }) => listOutcome(await api.waitingAcceptances({}), waitingText),
    [],
  );
  addCommand(shell, waiting, 'drop <name>', 'wait no longer for that server', async ({ api, args }) => ({
    json: await api.giveUpAcceptance({ server_name: args[0]! }),
    text: `${args[0]!} is waited for no longer.`,
  }));
}

function inviteHours(text: string): number {
  const hours = wholeNumber(text);
  if (hours >= 1 && hours <= 720) return hours;
  throw new InvalidArgumentError('Expected 1 to 720 hours.');
}

function inviteText(invite: PeerInviteView): string {
  const link = invite.link ?? '';
  return [
    encodeQr(link, 'ascii', { ecc: 'low', border: 2 }).trimEnd(),
    link,
    `Send this link to the owner of the other server, or let a phone read the code. It counts once, until ${when(invite.expires_at)}.`,
  ].join('\n\n');
}

const previewText = (preview: {
  readonly server_name: string;
  readonly endpoint: string;
  readonly fingerprint: string;
}): string =>
  pairs([
    ['server', preview.server_name],
    ['reached at', preview.endpoint],
    ['fingerprint', `${preview.fingerprint}   (compare it with its owner)`],
  ]);

function invitesText(invites: readonly PeerInviteView[]): string {
  const rows = invites.map((invite) => [
    invite.id,
    invite.status,
    invite.used_by ?? '–',
    when(invite.made_at),
    when(invite.expires_at),
  ]);
  return table(['INVITE', 'STATUS', 'USED BY', 'MADE', 'COUNTS UNTIL'], rows, 'No invites were made.');
}

function waitingText(waiting: readonly WaitingAcceptanceView[]): string {
  const rows = waiting.map((one) => [
    one.server_name,
    when(one.accepted_at),
    when(one.expires_at),
    one.last_error ?? '–',
  ]);
  return table(['WAITING FOR', 'SINCE', 'UNTIL', 'WHY'], rows, 'No opened invite waits for its server.');
}
