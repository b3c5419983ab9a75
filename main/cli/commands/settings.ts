import { resolve } from 'node:path';
import type { TlsConfig } from '../../../shared/api/contract/tls.ts';
import type { Input } from '../../../shared/api/contract.ts';
import type { SettingsView } from '../../../shared/api/views/node-views.ts';
import { type LanguageChoice, languageChoices, type Words } from '../../../shared/words/words.ts';
import { usageFailure } from '../../start/failure.ts';
import { oneOf } from '../../start/flag-values.ts';
import { type RawTlsFlags, tlsFlagHelp, tlsOf } from '../../start/tls-flags.ts';
import { type Branch, type OptionRow, type Options, wholeNumber } from '../command.ts';
import { pairs, yesNo } from '../text.ts';

const changes = (help: Words['cliHelp']): OptionRow[] => [
  ['--port <port>', help.options.port, wholeNumber],
  ['--public-url <url>', help.options.publicUrl],
  ['--port-mapping <yes-or-no>', help.options.portMapping],
  ['--extend-keys <yes-or-no>', help.options.extendKeys],
  ['--quiet-hours <from-to>', help.options.quietHours],
  ['--outbox-days <days>', help.options.outboxDays, wholeNumber],
  ['--files-per-person <MB>', help.options.filesPerPerson, wholeNumber],
  ['--files-total <MB>', help.options.filesTotal, wholeNumber],
  ['--files-spare <MB>', help.options.filesSpare, wholeNumber],
  ['--files-fetched <MB>', help.options.filesFetched, wholeNumber],
  ['--people-log-in <yes-or-no>', help.options.peopleLogIn],
  ['--keep-edit-history <yes-or-no>', help.options.keepEditHistory],
  [
    '--language <language>',
    `${help.options.language} ${help.choices({ choices: languageChoices.join(', ') })}`,
  ],
  ...tlsFlagHelp(help),
];

/** settings, settings change, retry-certificate, trust-clock: what can be changed without a restart. */
export function addSettingsCommands(program: Branch): void {
  const { words } = program;
  const { commands } = words.cliHelp;
  const settings = program.group('settings', commands.settings, async ({ api }) =>
    outcome(words, await api.settings({})),
  );
  settings.add('change', commands.settingsChange, changes(words.cliHelp), async ({ api, options }) => {
    const before = await api.settings({});
    const change = changeOf(options, before);
    const { json, text } = outcome(words, await api.changeSettings(change));
    return { json, text: [text, ...whatNext(words, before, change)].join('\n') };
  });
  settings.add('retry-certificate', commands.settingsRetry, async ({ api }) => ({
    json: await api.retryCertificate({}),
    text: words.cli.settings.certificateRetried,
  }));
  settings.add('trust-clock', commands.trustClock, async ({ api }) => ({
    json: await api.trustClock({}),
    text: words.cli.settings.clockTrusted,
  }));
}

/** Says what is left to do after the server's address has changed. */
function whatNext(
  { cli }: Words,
  { public_url, port }: SettingsView,
  change: Input<'changeSettings'>,
): string[] {
  const moved = change.port !== undefined && change.port !== port;
  const named = public_url !== null && (new URL(public_url).port || '443') === String(port);
  return [
    ...(moved && named && change.public_url === undefined
      ? [cli.settings.publicUrlNamesPort({ old: String(port), port: String(change.port) })]
      : []),
    ...(change.public_url !== undefined || moved || change.tls !== undefined ? [cli.settings.peersTold] : []),
  ];
}

/** `before`: the current settings, of which some are only changed as a whole. */
function changeOf(options: Options, before: SettingsView): Input<'changeSettings'> {
  const tls = isTlsMeant(options) ? before.tls : null;
  const files = filesOf(options, before.files);
  const { port, publicUrl, portMapping, outboxDays, extendKeys, keepEditHistory, language, quietHours } =
    options;
  const change: Input<'changeSettings'> = {
    ...(typeof port === 'number' ? { port } : {}),
    ...(typeof publicUrl === 'string' ? { public_url: publicUrl === 'none' ? null : publicUrl } : {}),
    ...(portMapping === undefined ? {} : { port_mapping: isYes('--port-mapping', portMapping) }),
    ...(extendKeys === undefined ? {} : { extend_keys: isYes('--extend-keys', extendKeys) }),
    ...(typeof outboxDays === 'number' ? { outbox_max_age_days: outboxDays } : {}),
    ...(files === null ? {} : { files }),
    ...(options.peopleLogIn === undefined
      ? {}
      : { people_log_in: isYes('--people-log-in', options.peopleLogIn) }),
    ...(keepEditHistory === undefined
      ? {}
      : { keep_edit_history: isYes('--keep-edit-history', keepEditHistory) }),
    ...(typeof language === 'string' ? { language: oneOf('--language', language, languageChoices) } : {}),
    ...(typeof quietHours === 'string' ? { quiet_hours: hoursOf(quietHours) } : {}),
    ...(tls === null ? {} : { tls: tlsChange(options, tls) }),
  };
  if (Object.keys(change).length === 0) throw usageFailure(({ cli }) => cli.errors.nothingToChange);
  return change;
}

/** Null if none of them is changed. */
function filesOf(options: Options, before: SettingsView['files']): SettingsView['files'] | null {
  const { filesPerPerson, filesTotal, filesSpare, filesFetched } = options;
  const given = [filesPerPerson, filesTotal, filesSpare, filesFetched];
  if (given.every((each) => each === undefined)) return null;
  const or = (value: unknown, now: number) => (typeof value === 'number' ? value : now);
  return {
    person_mb: or(filesPerPerson, before.person_mb),
    all_mb: or(filesTotal, before.all_mb),
    spare_mb: or(filesSpare, before.spare_mb),
    fetched_mb: or(filesFetched, before.fetched_mb),
  };
}

const isYes = (flag: string, value: unknown): boolean =>
  oneOf(flag, String(value), ['yes', 'no'] as const) === 'yes';

/** The node refuses anything but a time, and says what it expected. */
function hoursOf(value: string): Input<'changeSettings'>['quiet_hours'] {
  if (value === 'none') return null;
  const [from = '', ...rest] = value.split('-');
  return { from, to: rest.join('-') };
}

const isTlsMeant = (options: Options): boolean =>
  Object.keys(options).some((name) => /^(?:tls|acme)(?:[A-Z]|$)/.test(name));

function tlsChange(options: Options, now: TlsConfig): TlsConfig {
  const tls = tlsOf(options as RawTlsFlags, now);
  if (tls.mode !== 'files') return tls;
  // The node may run in a different folder than this command.
  return { ...tls, cert_file: resolve(tls.cert_file), key_file: resolve(tls.key_file) };
}

const outcome = (words: Words, settings: SettingsView) => ({
  json: settings,
  text: settingsText(words, settings),
});

function settingsText(words: Words, settings: SettingsView): string {
  const { by_flag, default_limits: limits } = settings;
  const { settings: texts, names, notSet } = words.cli;
  const said = (name: (typeof by_flag)[number], value: string): string =>
    by_flag.includes(name) ? texts.byFlag({ value }) : value;
  return pairs([
    [names.publicAddress, said('public_url', settings.public_url ?? notSet)],
    [names.port, said('port', String(settings.port))],
    [names.tls, said('tls', tlsText(words, settings.tls))],
    [names.portMapping, yesNo(words, settings.port_mapping)],
    [names.paused, yesNo(words, settings.paused)],
    [names.outbox, texts.outbox({ days: settings.outbox_max_age_days })],
    [names.files, texts.fileLimits(settings.files)],
    [names.peopleLogIn, yesNo(words, settings.people_log_in)],
    [names.edits, settings.keep_edit_history ? texts.editsKept : texts.editsErased],
    [names.peerKeys, settings.extend_keys ? texts.keysByDay : texts.keysByYou],
    [
      names.quietHours,
      settings.quiet_hours === null ? notSet : `${settings.quiet_hours.from}–${settings.quiet_hours.to}`,
    ],
    [names.language, languageText(words, settings.language)],
    [names.limits, texts.limits({ requests: limits.requests_per_minute, burst: limits.burst })],
  ]);
}

const languageText = ({ cli, locale }: Words, choice: LanguageChoice): string =>
  choice === 'system'
    ? cli.settings.systemLanguage
    : (new Intl.DisplayNames(locale, { type: 'language' }).of(choice) ?? choice);

function tlsText({ cli: { settings: texts } }: Words, tls: TlsConfig): string {
  switch (tls.mode) {
    case 'files':
      return texts.files({ cert: tls.cert_file, key: tls.key_file });
    case 'acme':
      return texts.acme({
        names: tls.names.join(', ') || texts.acmeDefaultName,
        host: new URL(tls.directory).host,
      });
    default:
      return tls.mode;
  }
}
