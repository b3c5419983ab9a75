/** Recovering lost data from peers. */
import * as v from 'valibot';
import { by } from '../roles.ts';
import { DrillView, RecoveryView, RestoredView } from '../views/recovery-views.ts';
import { nothing, serverName, text } from './fields.ts';
import { procedure } from './procedure.ts';

export const recoveryContract = {
  recovery: procedure(
    'GET',
    '/recovery',
    'What this node got back from its peers after a restore, and what it could not',
    by('machine', 'node'),
    nothing,
    RecoveryView,
  ),
  startRecovery: procedure(
    'POST',
    '/recovery',
    'Ask all peers what they know of this server, and read everything again from the beginning',
    by('machine', 'node'),
    nothing,
    RecoveryView,
  ),
  finishRecovery: procedure(
    'POST',
    '/recovery/finish',
    'You have seen what came back after a loss: the page about it disappears',
    by('machine', 'node'),
    nothing,
    RecoveryView,
  ),
  drill: procedure(
    'POST',
    '/backups/drill',
    'Try the newest backup: open and check a copy of it, and say what it lacks',
    by('machine', 'node'),
    nothing,
    DrillView,
  ),
  restoreBackup: procedure(
    'POST',
    '/backups/restore',
    'Become the server of a backup, on a node without a server; it checks a copy first, then starts again with it',
    by('machine', 'node'),
    v.object({ folder: text('backup_folder', 4096) }),
    RestoredView,
  ),
  confirmTrust: procedure(
    'POST',
    '/recovery/confirm',
    'Confirm how much you trust these peers, as the backup says; without names, all that are not confirmed',
    by('machine', 'node'),
    v.object({ server_names: v.optional(v.array(serverName)) }),
    RecoveryView,
  ),
} as const;
