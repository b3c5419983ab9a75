/** Getting back in, letting programs in: the recovery file, backups, tokens; and what to show who helps. */
import * as v from 'valibot';
import { BackupView, FileView, NewBackupView, NewTokenView, TokenView } from '../views/access-views.ts';
import { StatusView } from '../views/views.ts';
import { done, listOf, localpart, name, nothing, paging, text, userId } from './fields.ts';
import { procedure } from './procedure.ts';

export const passphraseCharactersMin = 12;
const passphrase = v.pipe(
  v.string('expected a passphrase'),
  v.minLength(
    passphraseCharactersMin,
    `expected at least ${passphraseCharactersMin} characters; four or five unrelated words are easy to remember and hard to guess`,
  ),
  v.maxLength(1024, 'expected at most 1024 characters'),
);

export const accessContract = {
  exportIdentity: procedure(
    'POST',
    '/identity/export',
    'Make the recovery file: the whole identity, all keys, encrypted with a passphrase',
    v.object({ passphrase }),
    FileView,
  ),
  recoverIdentity: procedure(
    'POST',
    '/identity/recover',
    'Restore the identity in a recovery file, on a node without one',
    v.object({
      text: text('the text of a recovery file', 262_144),
      // Whatever the file was made with: what is wrong says the file, not a rule of today.
      passphrase: text('the passphrase of the recovery file', 1024),
      owner: localpart,
    }),
    StatusView,
  ),
  tokens: procedure(
    'GET',
    '/tokens',
    'Access tokens of bots and bridges, oldest first',
    v.object(paging),
    listOf(TokenView),
  ),
  addToken: procedure(
    'POST',
    '/tokens',
    'Make a token that acts as one local user; it is shown only in this answer',
    v.object({ name: name('token'), user_id: userId }),
    NewTokenView,
  ),
  revokeToken: procedure(
    'DELETE',
    '/tokens/{id}',
    'Revoke a token; takes effect at once',
    v.object({ id: text('the id of a token', 64) }),
    done,
  ),
  backUp: procedure(
    'POST',
    '/backup',
    'Back up everything the node needs to a folder in its data folder, and verify the backup',
    nothing,
    NewBackupView,
  ),
  backups: procedure(
    'GET',
    '/backups',
    'Backups in the data folder, newest first',
    nothing,
    listOf(BackupView),
  ),
  diagnostics: procedure(
    'GET',
    '/diagnostics',
    'The state of this node as one text, for people who help you; contains no keys, tokens or messages',
    nothing,
    FileView,
  ),
} as const;
