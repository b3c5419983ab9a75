/** The node itself: its status, identity and settings. */
import * as v from 'valibot';
import { expected, expectedWhat } from '../../words/expected.ts';
import { languageChoices } from '../../words/locale.ts';
import { QuietHours } from '../quiet-hours.ts';
import { by } from '../roles.ts';
import { DoctorView } from '../views/doctor-views.ts';
import {
  ActivitySpan,
  ActivityView,
  FileLimits,
  KeyView,
  SettingsView,
  StatusView,
  UserView,
  WorkView,
} from '../views/node-views.ts';
import { done, limits, listOf, localpart, name, nothing, paging, serverName, url } from './fields.ts';
import { procedure } from './procedure.ts';
import { port, TlsConfig } from './tls.ts';

const announced = expected('whole_range', { min: 0, max: 604_800 });

export const nodeContract = {
  status: procedure(
    'GET',
    '/status',
    'The state of this node',
    by('admin', 'node', 'bots'),
    nothing,
    StatusView,
  ),
  setUp: procedure(
    'POST',
    '/setup',
    'Give this node its identity; works once, and again with the same values',
    by('machine', 'node'),
    v.object({
      server_name: serverName,
      domain: v.optional(serverName),
      public_url: v.optional(url),
      owner: localpart,
      display_name: v.optional(name('user_display_name')),
    }),
    StatusView,
  ),
  rename: procedure(
    'POST',
    '/rename',
    'Give this server another name, while nobody knows it by the one it has; it gets a new key, too',
    by('machine', 'node'),
    v.object({ server_name: serverName, domain: v.optional(serverName) }),
    StatusView,
  ),
  settings: procedure('GET', '/settings', 'Settings', by('admin', 'node'), nothing, SettingsView),
  changeSettings: procedure(
    'PATCH',
    '/settings',
    'Change settings; port, certificate and address take effect at once, without a restart',
    by('machine', 'node'),
    v.object({
      public_url: v.optional(v.nullable(url)),
      outbox_max_age_days: v.optional(
        v.pipe(
          v.number(expected('days')),
          v.minValue(1, expected('days')),
          v.maxValue(365, expected('days')),
        ),
      ),
      default_limits: v.optional(limits),
      paused: v.optional(v.boolean(expectedWhat('boolean'))),
      extend_keys: v.optional(v.boolean(expectedWhat('boolean'))),
      port_mapping: v.optional(v.boolean(expectedWhat('boolean'))),
      port: v.optional(port(1)),
      tls: v.optional(TlsConfig),
      keep_edit_history: v.optional(v.boolean(expectedWhat('boolean'))),
      files: v.optional(FileLimits),
      people_log_in: v.optional(v.boolean(expectedWhat('boolean'))),
      quiet_hours: v.optional(v.nullable(QuietHours)),
      language: v.optional(
        v.picklist(languageChoices, expected('one_of', { values: languageChoices.join(', ') })),
      ),
    }),
    SettingsView,
  ),
  retryCertificate: procedure(
    'POST',
    '/certificate/retry',
    'Retry the certificate now; a pause that the certificate authority asked for still applies',
    by('admin', 'node'),
    nothing,
    done,
  ),
  trustClock: procedure(
    'POST',
    '/clock/trust',
    'Confirm that the clock of this computer is right, so that this server writes again',
    by('machine', 'node'),
    nothing,
    done,
  ),
  activity: procedure(
    'GET',
    '/activity',
    'Traffic and answer times over the last hour or day',
    by('admin', 'node'),
    v.object({ span: ActivitySpan }),
    ActivityView,
  ),
  work: procedure(
    'GET',
    '/work',
    'Long work in progress, oldest first',
    by('admin', 'node'),
    nothing,
    listOf(WorkView),
  ),
  cancelWork: procedure(
    'POST',
    '/work/{id}/cancel',
    'End work that can be canceled, and undo what it did',
    by('admin', 'node'),
    v.object({ id: v.string() }),
    done,
  ),
  makeLoginLink: procedure(
    'POST',
    '/login-links',
    'Make a link that logs one browser in to the console, once',
    by('machine', 'node'),
    nothing,
    v.object({ url: v.string(), expires_at: v.number() }),
  ),
  keys: procedure(
    'GET',
    '/keys',
    'Signing keys, the active one first',
    by('machine', 'node'),
    nothing,
    listOf(KeyView),
  ),
  rotateKeys: procedure(
    'POST',
    '/keys/rotate',
    'Announce a new signing key, then sign with it; the old one keeps verifying during the overlap',
    by('machine', 'node'),
    v.object({
      announce_seconds: v.optional(
        v.pipe(
          v.number(announced),
          v.integer(announced),
          v.minValue(0, announced),
          v.maxValue(604_800, announced),
        ),
      ),
    }),
    listOf(KeyView),
  ),
  users: procedure(
    'GET',
    '/users',
    'Local users, the owner first',
    by('admin', 'node'),
    v.object(paging),
    listOf(UserView),
  ),
  addUser: procedure(
    'POST',
    '/users',
    'Add a local user',
    by('admin', 'node'),
    v.object({ localpart, display_name: v.optional(name('user_display_name')) }),
    UserView,
  ),
  doctor: procedure(
    'GET',
    '/doctor',
    'Findings, and the result of the last check of this node',
    by('admin', 'node'),
    nothing,
    DoctorView,
  ),
  runDoctor: procedure(
    'POST',
    '/doctor',
    'Check this node now, step by step; GET returns the progress',
    by('admin', 'node'),
    nothing,
    DoctorView,
  ),
} as const;
