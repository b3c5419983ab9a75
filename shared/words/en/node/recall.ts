/** Recovering lost data from peers. */
export const recall = {
  recall: {
    room_held:
      'Your server was restored and is still reading this room from the other servers in it, so that nothing new takes the place of what you wrote before. Try again in a moment. It takes until {until, time, short} at the latest.',
    confirm_first: 'Confirm first which peers you trust.',
    unwritten:
      '{server} sent the event {event}, which is signed with your server’s key. Your server didn’t write it. If a second node runs with a copy of this data folder, stop one of the two.',
    drill_no_backup: 'There is no backup in the data folder. Make one with “backup”, then try again.',
    no_copy:
      'The backup couldn’t be copied to {folder}: {why}. The backup wasn’t changed. Solve that, then try again.',
    no_copy_space:
      'The backup couldn’t be copied to {folder}: {why}. The backup wasn’t changed. Free up disk space and try again.',
    unreadable:
      'This user may not read {file} ({code}). Nothing was changed. Make the backup readable for the user that your server runs as (chown -R, chmod -R u+rX), then try again.',
    drill_empty: 'The database in this backup is empty. Make a new backup.',
    drill_database_other:
      'The database in this backup belongs to another server or to other keys, so your server couldn’t start with it. Make a new backup.',
    drill_database:
      'Your server couldn’t start with this backup, because its database can’t be opened: {detail}. Make a new backup.',
    drill_identity:
      'This backup has no identity.json that can be read. Without it, and without a recovery file, the restored server isn’t yours. Make a new backup.',
    drill_sealed:
      'The signing keys in this backup are sealed by this computer. On another computer you also need the recovery file and its passphrase.',
    drill_other: 'The identity in this backup belongs to another server, {server}. Make a new backup.',
    restore_not_empty:
      'This data folder already has a server or its messages. A backup can only be restored in a new data folder: start your server with another --data-dir.',
    restore_elsewhere:
      'Your server stores everything in a PostgreSQL database. Restore the backup on a node with a new --data-dir and without --database, then stop it and move its data: paracord-node move-data --to postgres://…',
    restore_not_absolute:
      '“{folder}” isn’t the full path of a folder. Enter the full path, such as /home/anna/backups/anna.example-2026-11-22.',
    restore_no_backup:
      'There is no backup in “{folder}”: it has no node.db. Choose the folder of one backup, not the folder with all of them.',
    restore_not_file:
      '{file} isn’t a regular file, but a link, a pipe, a device or a folder. Nothing was read. Restore a backup as this program made it.',
    restore_identity:
      'The backup in “{folder}” has no identity.json that can be read, so it can’t bring your server back. Use an older backup, or your recovery file.',
    restore_sealed:
      'The signing keys in this backup are sealed by the computer that made it. Restore your recovery file instead.',
    restore_database:
      'The database in this backup can’t be used: {detail}. Nothing was changed. Use an older backup.',
    restore_empty: 'The database in this backup is empty. Nothing was changed. Use an older backup.',
    restore_other:
      'The keys in this backup belong to {server}, but its database belongs to another server or to other keys. Nothing was changed. Use another backup.',
    room_recovered: 'This room is here again. Your own signature proves that it is yours.',
    room_elsewhere:
      '{server} says that users of yours are or were in this room. Nothing that your server signed proves it. If you know the room, join it again.',
    room_lost:
      '{server} says that this room is yours. None of the keys here signed anything that proves it, so it wasn’t restored.',
    user_recovered:
      'This user is here again, because your server signed events in their name. The display name is lost.',
    key_recovered:
      'A later signing key of your server. It verifies what it signed until the restore. Its private half is lost, so your server signs with an older key. If you rotated because the older key was exposed, rotate again now.',
    key_lost:
      '{server} knows this key under your server’s name. No key here has signed it, so what it signed can’t be restored.',
  },
} as const;
