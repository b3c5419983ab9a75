/** Recovery files, backups, moving the data, tokens, and diagnostics to share with someone who helps. */

import * as v from 'valibot';
import { expected, expectedWhat } from '../../words/expected.ts';
import { by } from '../roles.ts';
import {
  BackupView,
  BrowserView,
  FileView,
  NewBackupView,
  NewTokenView,
  TokenView,
} from '../views/access-views.ts';
import { StatusView } from '../views/node-views.ts';
import { done, listOf, name, nothing, paging, text, userId } from './fields.ts';
import { procedure } from './procedure.ts';

export const passphraseCharactersMin = 12;
const passphrase = v.pipe(
  v.string(expectedWhat('passphrase')),
  v.minLength(passphraseCharactersMin, expected('passphrase_length', { min: passphraseCharactersMin })),
  v.maxLength(1024, expected('at_most_chars', { max: 1024 })),
);

export const accessContract = {
  exportIdentity: procedure(
    'POST',
    '/identity/export',
    'Make the recovery file: the whole identity, all keys and all peers, encrypted with a passphrase',
    by('machine', 'node'),
    v.object({ passphrase }),
    FileView,
  ),
  recoverIdentity: procedure(
    'POST',
    '/identity/recover',
    'Restore the identity and the peers in a recovery file, on a node without one',
    by('machine', 'node'),
    v.object({
      text: text('recovery_text', 1_900_000),
      // Any passphrase the file may have been made with. Today's rules don't apply to old files.
      passphrase: text('recovery_passphrase', 1024),
    }),
    StatusView,
  ),
  tokens: procedure(
    'GET',
    '/tokens',
    'Access tokens of bots and bridges, oldest first',
    by('machine', 'node'),
    v.object(paging),
    listOf(TokenView),
  ),
  addToken: procedure(
    'POST',
    '/tokens',
    'Make a token that acts as one local user; it is shown only in this answer',
    by('machine', 'node'),
    v.object({ name: name('token_name'), user_id: userId }),
    NewTokenView,
  ),
  revokeToken: procedure(
    'DELETE',
    '/tokens/{id}',
    'Revoke a token; takes effect at once',
    by('machine', 'node'),
    v.object({ id: text('token_id', 64) }),
    done,
  ),
  browsers: procedure(
    'GET',
    '/browsers',
    'Browsers that are logged in to the console, the one used last first',
    by('machine', 'node'),
    nothing,
    listOf(BrowserView),
  ),
  logOutBrowser: procedure(
    'DELETE',
    '/browsers/{id}',
    'Log a browser out of the console; takes effect at once',
    by('machine', 'node'),
    v.object({ id: text('browser_id', 64) }),
    done,
  ),
  backUp: procedure(
    'POST',
    '/backup',
    'Back up everything the node needs to a folder in its data folder, and verify the backup; the files of messages can be left out',
    by('machine', 'node'),
    v.object({ without_files: v.optional(v.boolean(expectedWhat('boolean'))) }),
    NewBackupView,
  ),
  backups: procedure(
    'GET',
    '/backups',
    'Backups in the data folder, newest first',
    by('machine', 'node'),
    nothing,
    listOf(BackupView),
  ),
  diagnostics: procedure(
    'GET',
    '/diagnostics',
    'The state of this node as one text, for people who help you; contains no keys, tokens or messages',
    by('machine', 'node'),
    nothing,
    FileView,
  ),
} as const;
