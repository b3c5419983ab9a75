/** The node itself: how it is, who it is, how it is set. */
import * as v from 'valibot';
import { languageChoices } from '../../words/locale.ts';
import { DoctorView } from '../views/doctor-views.ts';
import { ActivitySpan, ActivityView, KeyView, SettingsView, StatusView, UserView } from '../views/views.ts';
import { done, limits, listOf, localpart, name, nothing, paging, serverName, url } from './fields.ts';
import { procedure } from './procedure.ts';
import { port, TlsConfig } from './tls.ts';

export const nodeContract = {
  status: procedure('GET', '/status', 'The state of this node', nothing, StatusView),
  setUp: procedure(
    'POST',
    '/setup',
    'Give this node its identity; works once, and again with the same values',
    v.object({
      server_name: serverName,
      domain: v.optional(serverName),
      public_url: v.optional(url),
      owner: localpart,
    }),
    StatusView,
  ),
  settings: procedure('GET', '/settings', 'Settings', nothing, SettingsView),
  changeSettings: procedure(
    'PATCH',
    '/settings',
    'Change settings; port, certificate and address take effect at once, without a restart',
    v.object({
      public_url: v.optional(v.nullable(url)),
      outbox_max_age_days: v.optional(
        v.pipe(
          v.number('expected a number of days'),
          v.minValue(1, 'expected 1 to 365 days'),
          v.maxValue(365, 'expected 1 to 365 days'),
        ),
      ),
      default_limits: v.optional(limits),
      paused: v.optional(v.boolean('expected true or false')),
      extend_keys: v.optional(v.boolean('expected true or false')),
      port_mapping: v.optional(v.boolean('expected true or false')),
      port: v.optional(port(1)),
      tls: v.optional(TlsConfig),
      keep_edit_history: v.optional(v.boolean('expected true or false')),
      language: v.optional(v.picklist(languageChoices, `expected one of ${languageChoices.join(', ')}`)),
    }),
    SettingsView,
  ),
  retryCertificate: procedure(
    'POST',
    '/certificate/retry',
    'Retry the certificate now; a pause that the certificate authority asked for still applies',
    nothing,
    done,
  ),
  activity: procedure(
    'GET',
    '/activity',
    'Traffic and answer times over the last hour or day',
    v.object({ span: ActivitySpan }),
    ActivityView,
  ),
  makeLoginLink: procedure(
    'POST',
    '/login-links',
    'Make a link that logs one browser in to the console, once',
    nothing,
    v.object({ url: v.string(), expires_at: v.number() }),
  ),
  keys: procedure('GET', '/keys', 'Signing keys, the active one first', nothing, listOf(KeyView)),
  rotateKeys: procedure(
    'POST',
    '/keys/rotate',
    'Announce a new signing key, then sign with it; the old one keeps verifying during the overlap',
    v.object({
      announce_seconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(604_800))),
    }),
    listOf(KeyView),
  ),
  users: procedure('GET', '/users', 'Local users, the owner first', v.object(paging), listOf(UserView)),
  addUser: procedure(
    'POST',
    '/users',
    'Add a local user',
    v.object({ localpart, display_name: v.optional(name('user')) }),
    UserView,
  ),
  // What is wrong, what causes it, and what to do about it.
  doctor: procedure(
    'GET',
    '/doctor',
    'Findings, and the result of the last check of this node',
    nothing,
    DoctorView,
  ),
  runDoctor: procedure(
    'POST',
    '/doctor',
    'Check this node now, step by step; GET returns the progress',
    nothing,
    DoctorView,
  ),
} as const;
