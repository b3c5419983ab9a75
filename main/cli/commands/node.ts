import type { Command } from 'commander';
import { publicAddress } from '../../../shared/api/their-turn.ts';
import type { CertificateView, KeyView, StatusView, UserView } from '../../../shared/api/views.ts';
import { addCommand, addNoun, listOutcome, optional, paging, type Shell, wholeNumber } from '../command.ts';
import { count, pairs, table, when, yesNo } from '../text.ts';
import { addRecoveryCommands } from './recovery.ts';

/** status, setup, console, keys, users: the node itself. */
export function addNodeCommands(shell: Shell, program: Command): void {
  addCommand(shell, program, 'status', 'how the node is doing', async ({ api }) => {
    const status = await api.status({});
    return { json: status, text: statusText(status) };
  });

  addCommand(
    shell,
    program,
    'setup <server-name>',
    'give the node its identity; works once',
    async ({ api, args, options }) => {
      const status = await api.setUp({
        server_name: args[0]!,
        owner: 'owner',
        ...optional(options, 'owner', 'owner'),
        ...optional(options, 'domain', 'domain'),
        ...optional(options, 'publicUrl', 'public_url'),
      });
      return { json: status, text: statusText(status) };
    },
    [
      ['--owner <localpart>', 'name of the first local user (default: owner)'],
      ['--domain <name>', 'what identifiers carry, when it is not the server name'],
      ['--public-url <url>', 'how peers reach the node'],
    ],
  );

  addCommand(shell, program, 'console', 'a link that logs one browser in to the console', async ({ api }) => {
    const link = await api.makeLoginLink({});
    return { json: link, text: `${link.url}\nFor one login, until ${when(link.expires_at)}.` };
  });

  const keys = addNoun(
    shell,
    program,
    'keys',
    'signing keys, the active one first',
    async ({ api }) => listOutcome(await api.keys({}), keysText),
    [],
  );
  addCommand(
    shell,
    keys,
    'rotate',
    'announce a new signing key, then sign with it',
    async ({ api, options }) => {
      const seconds = options.announceSeconds;
      const answer = await api.rotateKeys(typeof seconds === 'number' ? { announce_seconds: seconds } : {});
      return listOutcome(answer, keysText);
    },
    [['--announce-seconds <seconds>', 'how long peers see the new key before it signs', wholeNumber]],
  );

  addRecoveryCommands(shell, keys);

  const users = addNoun(shell, program, 'users', 'local users, the owner first', async (call) =>
    listOutcome(await call.api.users(paging(call)), usersText),
  );
  addCommand(
    shell,
    users,
    'add <localpart>',
    'add a local user',
    async ({ api, args, options }) => {
      const user = await api.addUser({
        localpart: args[0]!,
        ...optional(options, 'displayName', 'display_name'),
      });
      return { json: user, text: `Added ${user.user_id}.` };
    },
    [['--display-name <name>', 'how others see the user']],
  );
}

function statusText(status: StatusView): string {
  const { peers, outbox, rooms, listener, active_key: key } = status;
  const waiting = `${outbox.queued} queued, ${outbox.retrying} retrying, ${outbox.parked} parked, ${outbox.dead} dead`;
  const offset = status.clock_offset_ms;
  return pairs([
    ['server', status.server_name ?? 'not set up yet; run “paracord-node setup NAME”'],
    ...(status.domain && status.domain !== status.server_name ? [['domain', status.domain] as const] : []),
    ['health', `${status.health.state}: ${status.health.text}`],
    ['listener', listener.problem ?? `${listener.url} (TLS ${listener.tls})`],
    ...certificateText(listener.certificate),
    ['public address', publicAddress(status) ?? 'not set'],
    ['router', status.reach.verdict.text],
    ...(status.reach.verdict.fix === null ? [] : [['', `→ ${status.reach.verdict.fix}`] as const]),
    ['signing key', key ? `${key.key_id}, valid until ${when(key.valid_until)}` : 'none yet'],
    ...(key ? [['fingerprint', key.fingerprint] as const] : []),
    [
      'peers',
      `${peers.total}: ${peers.ok} ok, ${peers.waiting} not heard from yet, ${peers.unreachable} unreachable, ${peers.silent} silent, ${peers.blocked} blocked, ${peers.quarantined} quarantined`,
    ],
    ['outbox', waiting],
    ['rooms', `${rooms.homed} homed here, ${rooms.joined} joined elsewhere`],
    ['events', String(status.events)],
    ['clock', offset === null ? 'not compared yet' : `${offset} ms off the peers’`],
    ['recovery file', recoveryText(status)],
    ...(status.restored_at === null
      ? []
      : [['restored', `${when(status.restored_at)}, from a backup or a copy`] as const]),
    ['version', status.version],
    ['running since', when(status.started_at)],
  ]);
}

function certificateText(certificate: CertificateView | null): [string, string][] {
  if (!certificate) return [];
  const { kind, names, issuer, valid_until, spki_sha256, renewing, problem } = certificate;
  const what =
    kind === 'self-signed'
      ? 'self-signed'
      : `by ${issuer}${names.length > 0 ? ` for ${names.join(', ')}` : ''}`;
  return [
    ['certificate', `${what}, valid until ${when(valid_until)}`],
    ['', `public key SHA-256 ${spki_sha256}`],
    ...(renewing === null ? [] : [['', renewing] as [string, string]]),
    ...(problem === null ? [] : [['', problem] as [string, string]]),
  ];
}

function recoveryText({ set_up, recovery_saved_at: at }: StatusView): string {
  if (!set_up) return 'none yet';
  return at === null ? 'none with today’s keys; “paracord-node keys export” makes one' : `made ${when(at)}`;
}

function keysText(keys: readonly KeyView[]): string {
  const rows = keys.map((key) => [
    key.key_id,
    yesNo(key.active),
    when(key.valid_until),
    count(key.seen_by.length, 'peer'),
    key.fingerprint,
  ]);
  return table(['KEY', 'ACTIVE', 'VALID UNTIL', 'SEEN BY', 'FINGERPRINT'], rows, 'No keys yet.');
}

function usersText(users: readonly UserView[]): string {
  const rows = users.map((user) => [
    user.user_id,
    user.display_name,
    yesNo(user.owner),
    when(user.created_at),
  ]);
  return table(['USER', 'NAME', 'OWNER', 'SINCE'], rows, 'No users yet.');
}
