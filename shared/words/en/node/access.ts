/** The node itself: identity, recovery, backups, data folder, logins, tokens, settings, and requests it cannot answer. */
export const access = {
  disk: {
    full_title: 'The disk is full',
    full: 'Your server can’t store anything, because the disk is full. Nothing that was confirmed is lost: peers keep what they couldn’t deliver and retry.',
    full_fix: 'Free some space on the disk with the data folder. Your server then continues by itself.',
    read_only_title: 'The data folder can’t be written to',
    read_only:
      'Your server can’t store anything, because the system doesn’t let it write to its data folder. Peers keep what they couldn’t deliver and retry.',
    read_only_fix:
      'Check whether the disk was mounted read-only after an error, and who owns the data folder. Your server continues by itself once the folder can be written to.',
    files_title: 'Too many open files',
    files:
      'The system doesn’t let your server open any more files or connections. Peers keep what they couldn’t deliver and retry.',
    files_fix:
      'Raise the limit of open files for this program (ulimit -n, or LimitNOFILE in its systemd unit), then restart it.',
    damaged_title: 'The database is damaged',
    damaged:
      'The database is damaged: some of its pages can’t be read. The rest still works. Every change may make it worse.',
    damaged_fix:
      'Stop your server, copy the data folder to another disk, check the disk, and run: paracord-node repair. If that doesn’t help, restore your latest backup.',
    failed:
      'Nothing was sent, because your server couldn’t write to its disk: {detail}. It retries. If this continues, check the disk.',
  },
  identity: {
    name_fixed:
      'The name {server} can no longer be changed: {by, select, peer {other servers know it} room {it is in the rooms and messages of this server} invite {an open invite contains it. Revoke the invite first} people {it is part of the names of people or bots that log in here} other {the database is shared with another node}}. For another name, use another data folder.',
    not_set_up:
      'Your server has no name yet. Set it up first, in the setup wizard or with: paracord-node setup NAME',
    missing:
      'The database belongs to {server}, but its identity.json is missing. A new key would not be trusted by the peers of {server}. If this is the second node of {server}, stop it and copy identity.json and tls-key.pem from the data folder of the first node into this one, readable for its user only. If the file is lost, copy it back from a backup, or start without --server-name and run: paracord-node keys recover FILE. For another server, choose another data folder.',
    other_name:
      'Your server is already {server}, and its name can’t be changed because every event and peer refers to it. To use another name, use another data folder.',
    other_keys:
      'Your server is already {server}, with other signing keys than those in the recovery file. Nothing was changed.',
    other_server: 'Your server is already {server}. Recover {other} in an empty data folder.',
    no_key: 'Your server has no signing key.',
    why_field: 'its field “{field}” isn’t in the form that this program writes',
    restored: 'This data folder was restored from a backup or copied.',
    restored_queue:
      '{n, plural, one {# event was} other {# events were}} waiting then and {n, plural, one {is} other {are}} sent again. Duplicates are ignored.',
    restored_twin:
      'If the original folder is still in use, stop one of the two nodes, because both act as the same server. Tokens that you revoked after the copy was made are valid again: revoke them once more.',
  },
  recovery: {
    note: 'Anyone who has this file and its passphrase can act as this server. Keep it away from the computer that the server runs on.',
    wrong_passphrase: 'Wrong passphrase. Nothing was changed.',
    damaged: 'The recovery file is damaged: {why}. Nothing was changed. Use another copy of it.',
    why_content: 'its content isn’t an identity of a Paracord Node',
    why_cut: 'it was cut short or altered',
    why_field: 'its field “{field}” was altered',
    why_checksum: 'its checksum doesn’t match',
    not_json: 'This isn’t a recovery file of a Paracord Node: it isn’t JSON. Nothing was changed.',
    not_ours:
      'This isn’t a recovery file of a Paracord Node. Use a file that “keys export” made. Nothing was changed.',
    newer:
      'This recovery file was made by a newer version of Paracord Node. Recover with that version. Nothing was changed.',
    too_costly:
      'This recovery file requires {rounds, plural, one {# round} other {# rounds}} over {bytes, number} bytes of memory, more than any Paracord Node uses ({rounds_max, number} and {bytes_max, number}). Nothing was changed.',
    no_memory:
      'This requires {mib, number} MiB of memory for a moment, and this computer doesn’t have that much free. Nothing was changed. Close other programs and try again.',
    other_owner:
      'The database belongs to {owner}, so this node can’t become {server}. Start a node with an empty data folder.',
    foreign_data:
      'The data here belongs to another server: it contains the user {user}. Recover {server} in an empty data folder.',
  },
  backup: {
    failed: 'No backup was made in {folder}: {why}. Nothing was left behind.',
    why_full: 'the disk is full ({code})',
    why_quota: 'the disk quota is used up ({code})',
    why_too_large: 'the file system doesn’t allow files of this size ({code})',
    why_denied: 'this account may not write there ({code})',
    why_read_only: 'the file system is read-only ({code})',
    why_not_folder: 'something that isn’t a folder is in the way ({code})',
    why_exists: '{folder} already exists',
    why_thread: 'the copying thread ended unexpectedly',
    why_damaged: 'the copy is damaged ({detail}), and the database may be damaged too',
  },
  database_address: {
    scheme:
      'The address of a PostgreSQL database starts with postgres://. Write it as postgres://USER:PASSWORD@HOST:PORT/NAME.',
    escape:
      'The address has an @ or a # where none can be, so a character of the user or the password is probably not escaped. In both, write %2F for /, %3F for ?, %23 for #, %40 for @ and %25 for %.',
    percent:
      'A % in the address isn’t followed by two hexadecimal digits, or what is written that way isn’t UTF-8. Write %25 for a percent sign, %2F for /, %3F for ?, %23 for #, %40 for @, and %C3%A4 for ä.',
    host: 'The address names no host. Write the host after the @, as in postgres://USER:PASSWORD@HOST/NAME. For a Unix socket, name its folder: postgres://USER@/NAME?host=/run/postgresql.',
    host_name:
      'The host in the address isn’t a valid name or IP address. Write it after the @, as in postgres://USER:PASSWORD@HOST/NAME, and an IPv6 address in square brackets, as in [::1].',
    port: 'The port in the address isn’t a number from 1 to 65535. Write it after the host and a colon, as in HOST:5432, or leave out both the colon and the port. If you meant a password, it goes before the host: USER:PASSWORD@HOST. An IPv6 address needs square brackets, as in [::1].',
    name: 'The address doesn’t name the database. Write its name after the host and a slash, as in postgres://USER:PASSWORD@HOST/NAME.',
    parameter:
      'After the ?, the address has a parameter that Paracord Node doesn’t use. Remove it. The ones that it uses are: {known}.',
    value:
      'The parameter {parameter} in the address {parameter, select, sslmode {must be disable, prefer, require, verify-ca, verify-full or no-verify} ssl {must be true, 1 or 0} sslnegotiation {must be postgres or direct} uselibpqcompat {must be true or false} port {must be a number from 1 to 65535} other {needs a value}}. Correct it, or remove it.',
  },
  move: {
    where:
      'Data moves to “sqlite” or to the address of a PostgreSQL database, such as postgres://user:password@host/database.',
    here_already: 'The data is already in {place}. Nothing was changed.',
    only_to_file:
      'The data is in {place}. Move it to “sqlite” first, then to another database. Nothing was changed.',
    foreign:
      'The database {place} isn’t empty: another program has stored something in it. Nothing was changed. Create an empty database and move the data there.',
    in_use:
      'The database {place} already contains the data of a node, which may be using it. Nothing was changed. To move there, create an empty database.',
    lacks_identity:
      'The database {place} belongs to {server}, and this node doesn’t have the identity of {server}. Nothing was changed. If this is to be the second node of {server}, stop it, copy identity.json and tls-key.pem from the data folder of the first node into the one of this node, readable for its user only, and start it with --database and this address. For a new server, create an empty database.',
    other_server:
      'The database {place} contains the data of another server, {server}. Nothing was changed. Create an empty database and move the data there.',
    newer:
      'The database {place} was written by a newer version of Paracord Node: it has schema {schema, number}, and this version knows {known, number}. Nothing was changed. Update Paracord Node, or create an empty database.',
    busy: 'Another node is using {place} or moving data into it. Nothing was changed. Wait until it has finished, or create an empty database.',
    differs:
      'The data wasn’t moved to {place}, because the table {table} there differs from the original. Your server continues with the data where it was. This is a bug in Paracord Node, or a fault of the computer’s memory or disk. Report it.',
    kept_file:
      'The file {path} was kept. It is now the node’s copy of the database: the node keeps it up to date, and no node starts with it alone.',
    kept_database:
      'The old database {place} was kept. It contains the data as of the move, and no node writes to it. Drop it when you no longer need it: it may contain messages that are deleted later.',
  },
  work: {
    ended: 'This has already ended.',
    not_now: 'This can’t be canceled now. It ends by itself.',
    catch_up: 'Catching up with {server}',
    join: 'Joining {room}',
    backup: 'Making a backup',
    restore: 'Restoring a backup',
    drill: 'Trying the newest backup',
    events: '{done, plural, one {# event read} other {# events read}}',
    events_of: '{done, number} of {total, plural, one {# event} other {# events}}',
    copied: '{done, number} of {total, number} MB copied',
    files: '{done, number} of {total, number} files',
    checking: 'Checking the copy',
    rows: '{done, number} of {total, number} rows copied',
    backup_canceled: 'The backup was canceled. Nothing was left behind.',
    restore_canceled: 'The restore was canceled. Nothing was changed.',
    drill_canceled: 'The drill was canceled. The backup wasn’t changed.',
  },
  login: {
    spent: 'This login link has already been used, or is older than 15 minutes. Make a new one.',
    too_many: 'Too many login attempts. Retry in {seconds, plural, one {# second} other {# seconds}}.',
    code: 'Enter the code of a login link.',
    no_browser: 'This browser isn’t logged in any more.',
  },
  caller: {
    bot: 'A bot token may not use {method} {path}. It writes as one user, and only in rooms. The token of the owner may use it.',
    role: 'Your account may not use {method} {path}. Ask an admin of this server, or its owner.',
    other_user: 'This login writes as {user}, not as {as}. Leave out “as”.',
    no_event: 'There is no event {event} in the rooms of {user}.',
    no_invite: 'There is no invite {id} for {user}.',
    no_room: '{user} isn’t in this room and may not join it.',
    not_below: 'You can only decide about people whose role is below yours.',
    speaks: '{user} logs in and speaks for themselves, so nobody else can write as {user}.',
  },
  token: {
    revoked: 'This token has been revoked.',
    no_user: '{user} isn’t a user of this server. Choose one of its users.',
    too_many: 'There are already {max, number} tokens. Revoke one that is no longer used.',
    unknown: 'There is no token {id}. The list of tokens shows the existing ones.',
  },
  control: {
    streams:
      'This login already has {max, number} open event streams. Close some of them, for example tabs of the console.',
    stopping: 'Your server is shutting down.',
    not_running: 'The server isn’t running, because it couldn’t start again. Restart Paracord Node.',
    bad_escapes: 'The % escapes in the address aren’t valid UTF-8.',
    not_found: 'There is nothing at {path}. {document} lists what there is.',
    bad_method: '{method} isn’t supported here. Use {allow}.',
    bad_host:
      '“{host}” isn’t an address of this console. On its own computer, open it at 127.0.0.1:{port}. If “{host}” is a TLS proxy in front of it, start your server with --console-host and the name of the proxy.',
    other_origin: 'Requests from pages on other origins aren’t accepted.',
    other_site: 'Changes from pages on other sites aren’t accepted.',
    own_page: 'This request didn’t come from the console itself, so it isn’t accepted.',
    no_token:
      'Log in to the console, or send the header “Authorization: Bearer TOKEN”. The token is in control.json in the data folder.',
    wrong_token:
      'This isn’t the token of your running server. The current token is in control.json in the data folder.',
    compressed: 'Compressed request bodies aren’t supported.',
    not_object: 'The request body must be a JSON object, but it is {found}.',
    bad_json: 'The request body must be a JSON object in UTF-8: {detail}.',
    not_utf8: 'it isn’t UTF-8',
    found_null: 'null',
    found_array: 'an array',
    found_other: 'a {type, select, string {string} number {number} other {Boolean}}',
    too_large: 'The request body may have at most {bytes, number} bytes.',
    cut_short: 'The connection ended before the whole body arrived.',
    no_pages:
      'The screens haven’t been built. Run “npm ci --include=dev” and then “npm run build” in the folder of the program. Your server works without them.',
    cursor: 'The cursor must be the value of “next” from an earlier answer, unchanged.',
    user_exists: '{user} already exists.',
    not_waiting: 'No event {event} is waiting for {server}.',
    flagged:
      'Your server was started with {flag}, which overrides the setting “{name}”. Start it without that flag, then change the setting here.',
    whole_path: 'Enter the full path, starting at the root.',
    internal: 'Something went wrong on this server. Its log has the details.',
    diagnostics_note:
      'For anyone who helps with your server. It contains server names, addresses, numbers of users and rooms, and what went wrong, but no keys, tokens, passphrases or messages.',
    left_out: '[left out]',
  },
} as const;
