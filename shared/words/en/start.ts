/** Starting a node: flags that are wrong, why it did not start, what to do next. */
export const start = {
  headless: 'There is no display, so your server runs without a window. Press Ctrl-C to stop it.',
  inBrowser: 'The console opens in your browser. Press Ctrl-C to stop your server.',
  noBrowser: 'Open this link in a browser. Press Ctrl-C to stop your server.',
  notSetUp:
    'Your server has no name yet. Choose one in the console, or run: npm run paracord-node -- setup chat.example --data-dir {folder}',
  console: 'Log in to the console with this link. It works once, for 15 minutes: {url}',

  standsBy: 'Standing by for the node on {leader}.',
  waits: 'Waiting for another node to leave the database.',

  flags: {
    emptyFolder: 'expected a folder, got an empty value',
    emptyFile: 'expected a file, got an empty value',
    hostPort:
      'expected HOST:PORT such as 127.0.0.1:8448 or [::1]:8448, with a port from 0 to 65535, got “{value}”',
    oneOf: 'expected {choices}, got “{value}”',
    owner: 'expected 1 to 64 small letters, digits, . _ - beginning with a letter or digit, got “{value}”',
    onlyWith: 'works only with --tls {needed}, not with --tls {mode}',
    acmeAgree:
      '--tls acme creates an account at {host}. Read the terms of that certificate authority, and add this flag if you agree',
    certFile: 'expected the path of the certificate chain, a PEM file on your server’s computer',
    keyFile: 'expected the path of the private key, a PEM file on your server’s computer',
    acmeName: 'expected a domain name or an IP address, without a port, got “{value}”',
    acmeNames: 'expected at most 25 names',
    acmeEmail: 'expected one address such as ann@chat.example, got “{value}”',
    acmeDirectory: 'expected the https address of an ACME directory, got “{value}”',
    control:
      '{host} is reachable from other machines, and the control API uses plain HTTP. Use a loopback address such as 127.0.0.1:8449, or add --console-host NAME with the name of a TLS proxy in front of it',
    noHome: 'this user has no home folder. Name the folder for the data',
    consoleHost:
      '{host} is this computer, where the console answers without this flag. Leave it out, or give the name of a TLS proxy in front of --control',
  },

  failure: {
    dataFolderInUse:
      'Paracord Node is already running with the data folder {folder}. Stop it there, or start with another --data-dir.',
    nativeModule:
      'The system couldn’t load a part of Paracord Node: {reason}. The system may be too old: on Linux it needs glibc 2.34 or newer (for example Ubuntu 22.04 or Debian 12). If it is new enough, install the build of Paracord Node for this processor.',
    dataFolderUnusable:
      'The data folder {folder} can’t be used: {reason}. Choose another one with --data-dir.',
    diskFull:
      'The disk with the data folder {folder} is full ({reason}). Free some space on it, then start your server again. Nothing was lost.',
    openFiles:
      'The system doesn’t let this program open enough files ({reason}). Raise the limit with ulimit -n, or with LimitNOFILE in the systemd unit.',
    dataFolderDenied:
      'The data folder {folder} can’t be used by this user ({reason}). Start your server as the user who owns the folder, or make it yours: chown -R and chmod -R u+rwX. If the disk is mounted read-only, check it first.',
    databaseNewer:
      'A newer version created the database {path} (schema {schema}; this version supports up to {known}). Install the newer version again, or restore an older backup.',
    databaseUnreleased:
      'A development version that was never released created the database {path}, and this version can’t read it. Nothing was changed. Move the database out of the data folder and start with --new-database: your server keeps its name and keys, without its rooms, peers and messages.',
    databaseDamaged:
      'The database {path} is damaged ({reason}). Nothing was changed. Copy the data folder to another disk, then run: paracord-node repair. If that doesn’t help, restore a backup.',
    databaseForeignSchema:
      'The database {path} has a part named “{part}” that differs from what Paracord Node creates, so another program changed it. Nothing was changed. Use a backup that you made yourself.',
    databaseMissing:
      'The data folder has an identity, but its database {path} is missing or empty. Nothing was changed. Copy node.db back from a backup. If it is lost, start with --new-database: your server keeps its name and keys, without its rooms, peers and messages.',
    databaseUnreachable:
      'The database {database} can’t be reached ({reason}). Nothing was changed. Check that PostgreSQL runs there and accepts connections from this computer, then start your server again.',
    databaseDenied:
      'PostgreSQL doesn’t let your server use the database {database} ({reason}). Check the user and the password in --database, and the rules in pg_hba.conf.',
    databaseUnknown:
      'PostgreSQL has no such database: {database} ({reason}). Create it, for example with createdb --owner USER NAME, or correct --database.',
    databaseForbidden:
      'The user of the database {database} may not create tables in it ({reason}). Make that user its owner: ALTER DATABASE NAME OWNER TO USER.',
    databaseReadOnly:
      'The database {database} is read-only ({reason}). Check its settings and its disk: some providers make a database read-only when its disk is full.',
    databaseEncoding:
      'The database {database} can’t store every message, because it isn’t a UTF-8 database ({reason}). Nothing was changed. Create another one: createdb --encoding UTF8 --locale C --template template0 --owner USER NAME.',
    databaseStandby:
      'The database {database} is read-only, because this PostgreSQL is a standby. Name the primary with --database, or both of them, separated by a comma.',
    databaseTls:
      'The connection to the database {database} can’t be encrypted ({reason}). Check the certificate of PostgreSQL, and sslmode and sslrootcert in --database.',
    databaseElsewhere:
      'The data in {folder} isn’t in the database {database}. Nothing was changed. To move it there, run: paracord-node move-data --to postgres://…',
    databaseOther:
      'The data in {folder} doesn’t come from the database {database}, which has data of its own. Nothing was changed. Name the database that belongs to this folder, or start with another --data-dir.',
    databaseEmpty:
      'The data folder {folder} has an identity, but the database {database} is empty. Nothing was changed. Check --database. If the data is lost, restore a backup of PostgreSQL, or start with --new-database: your server keeps its name and keys, without its rooms, peers and messages.',
    databaseTaken:
      'Another node has taken over the database {database}, so this one ended. Nothing that was confirmed is lost. Start it again, and it stands by.',
    databaseLost:
      'The connection to the database {database} broke ({reason}), so this node ended. Nothing that was confirmed is lost. Start it again: it leads, or it stands by for the node that took over.',
    databaseInUse: 'Another node uses the database {database}. Stop that node first.',
    databaseForeign:
      'The database {database} belongs to {owner}, but the identity in {folder} belongs to {server}. Nothing was changed. Name the database of {server} with --database.',
    databaseLeft:
      'The data of your server was moved out of the database {database}, to the file of a node. Nothing was changed. Start the node with that data folder, and without --database.',
    databaseFilling:
      'A node is moving its data to the database {database}, or was interrupted while doing so. Nothing was changed. Wait until it has finished, or run move-data there again.',
    databaseForgotten:
      'The data of your server is on a database server. {folder} has only a copy of it. Name the database with --database.',
    databaseFileWrong:
      'The file {path} should name the database of your server, but doesn’t. Name the database with --database.',
    identityForeign:
      'The identity in {folder} belongs to {server}, but the database in the same folder belongs to {owner}. Nothing was changed. Put back the identity.json of {owner}, or the database of {server}.',
    identityOtherKeys:
      'The identity and the database in {folder} both belong to {server}, but the database knows none of the keys of this identity. Nothing was changed. Put back the identity.json that belongs to the database, from a backup, or delete this one and recover it with “paracord-node keys recover FILE”.',
    identityUnreadable:
      'The identity in {path} can’t be read ({reason}). The file wasn’t changed. Without it, your server loses its name and its peers. Restore it from a backup.',
    sealedElsewhere: 'the desktop app of another user or system protects it',
    notJson: 'it isn’t valid JSON',
    otherServerName:
      '--server-name: the data in {folder} belongs to {server} (domain {domain}), not to {wanted}. A server can’t change its name. Start it with that name, or with another --data-dir.',
    portInUse:
      'Port {port} on {address} is in use by another program. Choose another one with {flag} HOST:PORT.',
    portNotAllowed:
      'Only administrators can use port {port}. Choose a port above 1023 with --listen or --control.',
    addressNotHere: '{address} isn’t an address of this machine. Check --listen and --control.',
  },

  repair: {
    check: 'Checking the database: {done} of {total}',
    indexes: 'The database is damaged. Copying its tables and rebuilding its indexes: {done} of {total}',
    check_again: 'Checking the copy: {done} of {total}',
    rooms: 'Rebuilding what rooms show: {done} of {total}',
    databaseWell: 'The database isn’t damaged.',
    indexesMended:
      'The database was damaged. It was copied row by row with new indexes, and the copy is intact. The damaged file was kept as {file}: delete it once everything works, because it may hold deleted messages. Check the disk.',
    roomsDone:
      '{rooms, plural, one {# room was} other {# rooms were}} rebuilt from the stored events. {changed, plural, =0 {All of them were shown correctly before.} one {# room was shown incorrectly:} other {# rooms were shown incorrectly:}}',
    eventsUnreadable:
      '{events, plural, one {# stored event can’t be read. Your server fetches it} other {# stored events can’t be read. Your server fetches them}} again from its peers when it runs.',
    damageLeft:
      'The database is still damaged. Nothing else was changed. Copy the data folder to another disk, check the disk, and restore your latest backup. What SQLite found:',
    nothing: 'There is no database at {path}. Name the data folder with --data-dir.',
  },

  screens: {
    building:
      'Building the screens, which takes about 20 seconds. This happens once after each installation.',
    notBuilt:
      'The screens couldn’t be built, so your server starts without them. To see why, run “npm run build” in {folder} as a user who may write there.',
    noParts:
      'There are no screens, because npm left out the parts that build them. Run “npm ci --include=dev” in {folder}, and start again.',
  },

  window: {
    without: '{reason} Starting without a window.',
    root: 'The desktop app doesn’t run as root, because its sandbox would be off.',
    notBuilt: 'The desktop app hasn’t been built. Run “npm run build” to build it.',
    downloading: 'Downloading the Electron runtime. This happens only once.',
    notDownloaded: 'The Electron runtime couldn’t be downloaded.',
    notDownloadedBecause: 'The Electron runtime couldn’t be downloaded ({reason}).',
    incomplete: 'The Electron runtime is incomplete.',
    crashed: 'The desktop app crashed ({signal}).',
  },
} as const;
