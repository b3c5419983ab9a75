import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Input } from '../../../shared/api/contract.ts';
import type { TlsConfig } from '../../../shared/api/tls.ts';
import type { SettingsView } from '../../../shared/api/views.ts';
import { type LanguageChoice, languageChoices } from '../../../shared/words/words.ts';
import { usageFailure } from '../../start/failure.ts';
import { FlagError } from '../../start/flag-values.ts';
import { type RawTlsFlags, tlsFlagHelp, tlsOf } from '../../start/tls-flags.ts';
import { addCommand, addGroup, type OptionRow, type Options, type Shell, wholeNumber } from '../command.ts';
import { pairs, yesNo } from '../text.ts';

const changes: readonly OptionRow[] = [
  ['--port <port>', 'port of the federation listener', wholeNumber],
  ['--public-url <url>', 'how peers reach the node; “none” for not at all'],
  ['--port-mapping <yes-or-no>', 'whether the home router is asked to let peers in'],
  [
    '--extend-keys <yes-or-no>',
    'whether to accept a peer’s expired key for a day at a time while the peer still uses it',
  ],
  ['--outbox-days <days>', 'how long an event is tried to be delivered', wholeNumber],
  [
    '--keep-edit-history <yes-or-no>',
    'whether to keep earlier versions of edited messages; “no” erases them, and “yes” brings nothing back',
  ],
  [
    '--language <language>',
    `language of the window, the console and the tray: ${languageChoices.join(', ')}`,
  ],
  ...tlsFlagHelp,
];

/** settings, settings change, settings retry-certificate: what is changed without a restart. */
export function addSettingsCommands(shell: Shell, program: Command): void {
  const settings = addGroup(
    shell,
    program,
    'settings',
    'what can be changed while the node runs',
    async ({ api }) => outcome(await api.settings({})),
    [],
  );
  addCommand(
    shell,
    settings,
    'change',
    'change settings; they take effect at once, and peers are told a new address',
    async ({ api, options }) => {
      const before = await api.settings({});
      const change = changeOf(options, isTlsMeant(options) ? before.tls : null);
      const { json, text } = outcome(await api.changeSettings(change));
      return { json, text: [text, ...whatNext(before, change)].join('\n') };
    },
    changes,
  );
  addCommand(
    shell,
    settings,
    'retry-certificate',
    'try now what the certificate waits for',
    async ({ api }) => ({
      json: await api.retryCertificate({}),
      text: 'Tried now; “paracord-node status” tells what comes of it.',
    }),
  );
}

/** What a change of the way in leaves to do. */
function whatNext({ public_url, port }: SettingsView, change: Input<'changeSettings'>): string[] {
  const moved = change.port !== undefined && change.port !== port;
  const named = public_url !== null && (new URL(public_url).port || '443') === String(port);
  return [
    ...(moved && named && change.public_url === undefined
      ? [
          `The public address still names port ${port}. If peers come to ${change.port} now, change it too: --public-url URL.`,
        ]
      : []),
    ...(change.public_url !== undefined || moved || change.tls !== undefined
      ? ['Peers are told what changed for them; “paracord-node doctor” names those that could not be.']
      : []),
  ];
}

/** `tls`: what is set now, where it is to be changed. */
function changeOf(options: Options, tls: TlsConfig | null): Input<'changeSettings'> {
  const { port, publicUrl, portMapping, outboxDays, extendKeys, keepEditHistory, language } = options;
  const change: Input<'changeSettings'> = {
    ...(typeof port === 'number' ? { port } : {}),
    ...(typeof publicUrl === 'string' ? { public_url: publicUrl === 'none' ? null : publicUrl } : {}),
    ...(portMapping === undefined ? {} : { port_mapping: isYes('--port-mapping', portMapping) }),
    ...(extendKeys === undefined ? {} : { extend_keys: isYes('--extend-keys', extendKeys) }),
    ...(typeof outboxDays === 'number' ? { outbox_max_age_days: outboxDays } : {}),
    ...(keepEditHistory === undefined
      ? {}
      : { keep_edit_history: isYes('--keep-edit-history', keepEditHistory) }),
    ...(language === undefined ? {} : { language: languageOf(language) }),
    ...(tls === null ? {} : { tls: tlsChange(options, tls) }),
  };
  if (Object.keys(change).length === 0)
    throw usageFailure('Nothing to change: “paracord-node settings change --help” lists what can be.');
  return change;
}

function isYes(flag: string, value: unknown): boolean {
  if (value === 'yes' || value === 'no') return value === 'yes';
  throw usageFailure(`${flag}: expected yes or no, got “${String(value)}”.`);
}

function languageOf(value: unknown): LanguageChoice {
  const choice = languageChoices.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw usageFailure(`--language: expected ${languageChoices.join(', ')}, got “${String(value)}”.`);
}

const isTlsMeant = (options: Options): boolean =>
  Object.keys(options).some((name) => /^(?:tls|acme)(?:[A-Z]|$)/.test(name));

function tlsChange(options: Options, now: TlsConfig): TlsConfig {
  try {
    const tls = tlsOf(options as RawTlsFlags, now);
    if (tls.mode !== 'files') return tls;
    // The node may run in another folder than this command.
    return { ...tls, cert_file: resolve(tls.cert_file), key_file: resolve(tls.key_file) };
  } catch (error) {
    throw error instanceof FlagError ? usageFailure(`${error.message}.`) : error;
  }
}

const outcome = (settings: SettingsView) => ({ json: settings, text: settingsText(settings) });

function settingsText(settings: SettingsView): string {
  const { by_flag, default_limits: limits } = settings;
  const said = (name: (typeof by_flag)[number], value: string): [string, string] => [
    name.replace('_', ' '),
    by_flag.includes(name) ? `${value} (by a flag, which comes first)` : value,
  ];
  return pairs([
    said('public_url', settings.public_url ?? 'not set'),
    said('port', String(settings.port)),
    said('tls', tlsText(settings.tls)),
    ['router asked', yesNo(settings.port_mapping)],
    ['paused', yesNo(settings.paused)],
    ['outbox', `an event is tried for ${settings.outbox_max_age_days} days`],
    ['edits', settings.keep_edit_history ? 'earlier versions are kept' : 'earlier versions are erased here'],
    ['peers’ keys', settings.extend_keys ? 'extended a day at a time while in use' : 'extended only by you'],
    ['language', settings.language === 'system' ? 'as the system prefers' : settings.language],
    ['limits', `${limits.requests_per_minute} requests a minute, ${limits.burst} at once, for each peer`],
  ]);
}

function tlsText(tls: TlsConfig): string {
  switch (tls.mode) {
    case 'files':
      return `files: ${tls.cert_file}, ${tls.key_file}`;
    case 'acme':
      return `acme: ${tls.names.join(', ') || 'the public address’s host'}, from ${new URL(tls.directory).host}`;
    default:
      return tls.mode;
  }
}
