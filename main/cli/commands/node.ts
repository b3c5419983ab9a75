import type { Api } from '../../../shared/api/contract.ts';
import { everyPage } from '../../../shared/api/pages.ts';
import { publicAddress } from '../../../shared/api/their-turn.ts';
import type {
  CertificateView,
  KeyView,
  StatusView,
  UserView,
  WorkView,
} from '../../../shared/api/views/node-views.ts';
import type { Words } from '../../../shared/words/words.ts';
import { type Branch, listOutcome, optional, paging, pagingOptions, wholeNumber } from '../command.ts';
import { list, number, pairs, table, when, yesNo } from '../text.ts';
import { addRecoveryCommands } from './access.ts';
import { requestText } from './peers.ts';

/** status, setup, console, keys, users: the node itself. */
export function addNodeCommands(program: Branch): void {
  const { words } = program;
  const { commands, options: flags } = words.cliHelp;
  program.add('status', commands.status, async ({ api }) => {
    const status = await api.status({});
    const { items } = await api.work({});
    return { json: status, text: statusText(words, status, items) };
  });

  program.add(
    'setup <server-name>',
    commands.setup,
    [
      ['--owner <localpart>', flags.setupOwner],
      ['--domain <name>', words.cliHelp.flags.domain],
      ['--public-url <url>', words.cliHelp.flags.publicUrl],
    ],
    async ({ api, args, options }) => {
      const status = await api.setUp({
        server_name: args[0]!,
        owner: 'owner',
        ...optional(options, 'owner', 'owner'),
        ...optional(options, 'domain', 'domain'),
        ...optional(options, 'publicUrl', 'public_url'),
      });
      return { json: status, text: statusText(words, status) };
    },
  );

  program.add(
    'rename <server-name>',
    commands.rename,
    [['--domain <name>', words.cliHelp.flags.domain]],
    async ({ api, args, options }) => {
      const status = await api.rename({ server_name: args[0]!, ...optional(options, 'domain', 'domain') });
      return { json: status, text: statusText(words, status) };
    },
  );

  program.add('console', commands.console, async ({ api }) => {
    const link = await api.makeLoginLink({});
    return { json: link, text: `${link.url}\n${words.cli.console({ until: when(words, link.expires_at) })}` };
  });

  const keys = program.noun('keys', commands.keys, async ({ api }) =>
    listOutcome(words, await api.keys({}), keysText),
  );
  keys.add(
    'rotate',
    commands.keysRotate,
    [['--announce-seconds <seconds>', flags.announceSeconds, wholeNumber]],
    async ({ api, options, json }) => {
      const seconds = options.announceSeconds;
      const answer = await api.rotateKeys(typeof seconds === 'number' ? { announce_seconds: seconds } : {});
      const outcome = listOutcome(words, answer, keysText);
      const requests = json ? [] : await requestsOf(words, api);
      return { ...outcome, text: [outcome.text, ...requests].join('\n\n') };
    },
  );

  addRecoveryCommands(keys);

  const users = program.noun('users', commands.users, pagingOptions(words), async (call) =>
    listOutcome(words, await call.api.users(paging(call)), usersText),
  );
  users.add(
    'add <localpart>',
    commands.usersAdd,
    [['--display-name <name>', flags.displayName]],
    async ({ api, args, options }) => {
      const user = await api.addUser({
        localpart: args[0]!,
        ...optional(options, 'displayName', 'display_name'),
      });
      return { json: user, text: words.cli.userAdded({ user: user.user_id }) };
    },
  );
}

function statusText(words: Words, status: StatusView, work: readonly WorkView[] = []): string {
  const { names, status: texts, notSet, notCompared, none } = words.cli;
  const { outbox, rooms, listener, active_key: key } = status;
  const offset = status.clock_offset_ms;
  return pairs([
    [names.server, status.server_name ?? texts.notSetUp],
    ...(status.domain && status.domain !== status.server_name
      ? [[names.domain, status.domain] as const]
      : []),
    [
      names.health,
      words.cli.peers.state({ state: words.standing[status.health.state], text: status.health.text }),
    ],
    ...work
      .filter(({ lasting }) => lasting)
      .map(({ title, text }) => [names.work, text === '' ? title : words.cli.work({ title, text })] as const),
    [names.listener, listener.problem ?? texts.listener({ url: listener.url, mode: listener.tls })],
    ...certificateText(words, listener.certificate),
    [names.publicAddress, publicAddress(status) ?? notSet],
    [names.router, status.reach.verdict.text],
    ...(status.reach.verdict.fix === null ? [] : [['', `→ ${status.reach.verdict.fix}`] as const]),
    [
      names.signingKey,
      key ? texts.activeKey({ key: key.key_id, until: when(words, key.valid_until) }) : none,
    ],
    ...(key ? [[names.fingerprint, key.fingerprint] as const] : []),
    [names.peers, texts.peers(status.peers)],
    [
      names.outbox,
      texts.outbox({ waiting: outbox.queued + outbox.retrying + outbox.parked, failed: outbox.dead }),
    ],
    [names.rooms, texts.rooms(rooms)],
    [names.events, number(words, status.events)],
    [names.clock, offset === null ? notCompared : texts.clock({ ms: offset })],
    [names.database, texts.database(status.database)],
    ...(status.database.problem === null ? [] : [['', status.database.problem] as const]),
    [names.recoveryFile, recoveryText(words, status)],
    ...(status.restored_at === null
      ? []
      : [[names.restored, texts.restored({ at: when(words, status.restored_at) })] as const]),
    [names.version, status.version],
    [names.runningSince, when(words, status.started_at)],
  ]);
}

function certificateText(words: Words, certificate: CertificateView | null): [string, string][] {
  if (!certificate) return [];
  const { names: heads, status: texts } = words.cli;
  const { kind, issuer, spki_sha256: hash, renewing, problem } = certificate;
  const [names, until] = [list(words, certificate.names), when(words, certificate.valid_until)];
  const what =
    kind === 'self-signed'
      ? texts.selfSigned({ until })
      : names === ''
        ? texts.issued({ issuer, until })
        : texts.issuedFor({ issuer, names, until });
  return [
    [heads.certificate, what],
    ['', texts.publicKey({ hash })],
    ...(renewing === null ? [] : [['', renewing] as [string, string]]),
    ...(problem === null ? [] : [['', problem] as [string, string]]),
  ];
}

function recoveryText(words: Words, { set_up, recovery_saved_at: at }: StatusView): string {
  const { none, status } = words.cli;
  if (!set_up) return none;
  return at === null ? status.noRecoveryFile : status.recoveryFileSaved({ at: when(words, at) });
}

/** The requests that the admins of existing servers have to send now. */
async function requestsOf(words: Words, api: Api): Promise<string[]> {
  const peers = await everyPage((page) => api.peers(page));
  return peers.map((peer) => requestText(words, peer)).filter((text) => text !== null);
}

function keysText(words: Words, keys: readonly KeyView[]): string {
  const { heads, count, noKeys } = words.cli;
  const rows = keys.map((key) => [
    key.key_id,
    yesNo(words, key.active),
    when(words, key.valid_until),
    count.peers({ count: key.seen_by.length }),
    key.fingerprint,
  ]);
  const { key, active, validUntil, seenBy, fingerprint } = heads;
  return table([key, active, validUntil, seenBy, fingerprint], rows, noKeys);
}

function usersText(words: Words, users: readonly UserView[]): string {
  const { heads, noUsers } = words.cli;
  const rows = users.map((user) => [
    user.user_id,
    user.display_name,
    yesNo(words, user.owner),
    when(words, user.created_at),
  ]);
  return table([heads.user, heads.name, heads.owner, heads.since], rows, noUsers);
}
