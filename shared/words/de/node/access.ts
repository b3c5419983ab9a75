import type { access as english } from '../../en/node/access.ts';
import type { Translation } from '../../messages.ts';

export const access: Translation<typeof english> = {
  disk: {
    full_title: 'Das Laufwerk ist voll',
    full: 'Dieser Server kann nichts speichern, weil das Laufwerk voll ist. Nichts, was bestätigt wurde, ist verloren: Peers behalten, was sie nicht zustellen konnten, und versuchen es erneut.',
    full_fix: 'Schaffe Platz auf dem Laufwerk mit dem Datenordner. Danach geht alles von selbst weiter.',
    read_only_title: 'Der Datenordner ist nicht beschreibbar',
    read_only:
      'Dieser Server kann nichts speichern, weil das System ihn nicht in seinen Datenordner schreiben lässt. Peers behalten, was sie nicht zustellen konnten, und versuchen es erneut.',
    read_only_fix:
      'Prüfe, ob das Laufwerk nach einem Fehler nur zum Lesen eingehängt wurde und wem der Datenordner gehört. Sobald er beschreibbar ist, geht alles von selbst weiter.',
    files_title: 'Zu viele offene Dateien',
    files:
      'Das System lässt diesen Server keine weiteren Dateien oder Verbindungen öffnen. Peers behalten, was sie nicht zustellen konnten, und versuchen es erneut.',
    files_fix:
      'Erhöhe das Limit offener Dateien für dieses Programm (ulimit -n, oder LimitNOFILE in seiner systemd-Unit), und starte es neu.',
    damaged_title: 'Die Datenbank ist beschädigt',
    damaged:
      'Die Datenbank ist beschädigt: Einige ihrer Seiten sind nicht lesbar. Was auf den anderen liegt, funktioniert noch. Jede Änderung kann es schlimmer machen.',
    damaged_fix:
      'Stoppe deinen Server, kopiere den Datenordner auf ein anderes Laufwerk, prüfe das Laufwerk, und führe aus: paracord-node repair. Wenn das nicht hilft, stelle dein letztes Backup wieder her.',
    failed:
      'Es wurde nichts gesendet, weil dieser Server nicht auf sein Laufwerk schreiben konnte: {detail}. Er versucht es erneut. Wenn das nicht aufhört, prüfe das Laufwerk.',
  },
  identity: {
    name_fixed:
      'Der Name {server} lässt sich nicht mehr ändern: {by, select, peer {Andere Server kennen ihn} room {Er steht in den Räumen und Nachrichten dieses Servers} invite {Eine offene Einladung enthält ihn. Zieh sie zuerst zurück} people {Er gehört zu den Namen von Personen oder Bots, die sich hier anmelden} other {Die Datenbank wird mit einem anderen Node geteilt}}. Für einen anderen Namen nimm einen anderen Datenordner.',
    not_set_up:
      'Dein Server hat noch keinen Namen. Richte ihn zuerst ein, im Einrichtungsassistenten oder mit: paracord-node setup NAME',
    missing:
      'Die Datenbank gehört zu {server}, aber die identity.json dazu fehlt. Einem neuen Schlüssel würden die Peers von {server} nicht vertrauen. Wenn das der zweite Node von {server} ist, beende ihn und kopiere identity.json und tls-key.pem aus dem Datenordner des ersten Nodes in den Datenordner dieses Nodes, nur für dessen Benutzer lesbar. Wenn die Datei verloren ist, kopiere sie aus einem Backup zurück, oder starte ohne --server-name und führe aus: paracord-node keys recover FILE. Für einen anderen Server wähle einen anderen Datenordner.',
    other_name:
      'Dein Server ist schon {server}. Solange niemand den Namen kennt, änderst du ihn mit: paracord-node rename NAME. Für einen anderen Server nimm einen anderen Datenordner.',
    other_keys:
      'Dein Server ist schon {server}, mit anderen Signaturschlüsseln als denen in der Wiederherstellungsdatei. Nichts wurde geändert.',
    other_server: 'Dein Server ist schon {server}. Stelle {other} in einem leeren Datenordner wieder her.',
    no_key: 'Dein Server hat keinen Signaturschlüssel.',
    why_field: 'Ihr Feld „{field}“ ist nicht so, wie dieses Programm es schreibt',
    restored: 'Dieser Datenordner wurde aus einem Backup wiederhergestellt oder kopiert.',
    restored_queue:
      '{n, plural, one {# Ereignis hat} other {# Ereignisse haben}} damals gewartet und {n, plural, one {wird} other {werden}} noch einmal gesendet. Doppelte werden ignoriert.',
    restored_twin:
      'Wenn der ursprüngliche Ordner noch in Gebrauch ist, beende einen der beiden Nodes, denn beide treten als derselbe Server auf. Token, die du seit der Kopie zurückgezogen hast, gelten wieder: Zieh sie noch einmal zurück.',
  },
  recovery: {
    note: 'Wer diese Datei und ihre Passphrase hat, kann als dieser Server auftreten. Bewahre sie nicht auf dem Computer auf, auf dem der Server läuft.',
    wrong_passphrase: 'Falsche Passphrase. Nichts wurde geändert.',
    damaged:
      'Die Wiederherstellungsdatei ist beschädigt: {why}. Nichts wurde geändert. Verwende eine andere Kopie.',
    why_content: 'Ihr Inhalt ist keine Identität eines Paracord Node',
    why_cut: 'Sie wurde abgeschnitten oder verändert',
    why_field: 'Ihr Feld „{field}“ wurde verändert',
    why_checksum: 'Ihre Prüfsumme stimmt nicht',
    not_json:
      'Das ist keine Wiederherstellungsdatei eines Paracord Node: Es ist kein JSON. Nichts wurde geändert.',
    not_ours:
      'Das ist keine Wiederherstellungsdatei eines Paracord Node. Verwende eine Datei, die „keys export“ erstellt hat. Nichts wurde geändert.',
    newer:
      'Diese Wiederherstellungsdatei wurde von einer neueren Version von Paracord Node erstellt. Stelle mit dieser Version wieder her. Nichts wurde geändert.',
    too_costly:
      'Diese Wiederherstellungsdatei verlangt {rounds, plural, one {# Durchgang} other {# Durchgänge}} über {bytes, number} Bytes Speicher, mehr als jeder Paracord Node verwendet ({rounds_max, number} und {bytes_max, number}). Nichts wurde geändert.',
    no_memory:
      'Dafür sind kurz {mib, number} MiB Speicher nötig, und so viel hat dieser Computer nicht frei. Nichts wurde geändert. Schließe andere Programme, und versuch es noch einmal.',
    other_owner:
      'Die Datenbank gehört zu {owner}, deshalb kann dieser Node nicht {server} werden. Starte einen Node mit einem leeren Datenordner.',
    foreign_data:
      'Die Daten hier gehören einem anderen Server: Sie enthalten den Benutzer {user}. Stelle {server} in einem leeren Datenordner wieder her.',
  },
  backup: {
    failed: 'In {folder} wurde kein Backup erstellt: {why}. Es blieb nichts zurück.',
    why_full: 'Der Datenträger ist voll ({code})',
    why_quota: 'Das Speicherkontingent ist aufgebraucht ({code})',
    why_too_large: 'Das Dateisystem erlaubt keine Dateien dieser Größe ({code})',
    why_denied: 'Dieses Konto darf dort nicht schreiben ({code})',
    why_read_only: 'Das Dateisystem ist schreibgeschützt ({code})',
    why_not_folder: 'Etwas, das kein Ordner ist, ist im Weg ({code})',
    why_exists: '{folder} gibt es schon',
    why_thread: 'Der kopierende Thread endete unerwartet',
    why_damaged: 'Die Kopie ist beschädigt ({detail}), und die Datenbank vielleicht auch',
  },
  database_address: {
    scheme:
      'Die Adresse einer PostgreSQL-Datenbank beginnt mit postgres://. Schreibe sie als postgres://BENUTZER:PASSWORT@RECHNER:PORT/NAME.',
    escape:
      'In der Adresse steht ein @ oder ein #, wo keines stehen kann. Wahrscheinlich ist ein Zeichen im Benutzernamen oder im Passwort nicht kodiert. Schreibe in beiden %2F für /, %3F für ?, %23 für #, %40 für @ und %25 für %.',
    percent:
      'Auf ein % in der Adresse folgen keine zwei hexadezimalen Ziffern, oder was so geschrieben ist, ist kein UTF-8. Schreibe %25 für ein Prozentzeichen, %2F für /, %3F für ?, %23 für #, %40 für @ und %C3%A4 für ä.',
    host: 'In der Adresse fehlt der Rechner. Schreibe ihn hinter das @, wie in postgres://BENUTZER:PASSWORT@RECHNER/NAME. Bei einem Unix-Socket nenne dessen Ordner: postgres://BENUTZER@/NAME?host=/run/postgresql.',
    host_name:
      'Der Rechner in der Adresse ist kein gültiger Name und keine gültige IP-Adresse. Schreibe ihn hinter das @, wie in postgres://BENUTZER:PASSWORT@RECHNER/NAME, und eine IPv6-Adresse in eckigen Klammern, wie [::1].',
    port: 'Der Port in der Adresse ist keine Zahl von 1 bis 65535. Schreibe ihn hinter den Rechner und einen Doppelpunkt, wie in RECHNER:5432, oder lass Doppelpunkt und Port weg. Ein Passwort gehört vor den Rechner: BENUTZER:PASSWORT@RECHNER. Eine IPv6-Adresse braucht eckige Klammern, wie [::1].',
    name: 'In der Adresse fehlt der Name der Datenbank. Schreibe ihn hinter den Rechner und einen Schrägstrich, wie in postgres://BENUTZER:PASSWORT@RECHNER/NAME.',
    parameter:
      'Hinter dem ? steht in der Adresse ein Parameter, den Paracord Node nicht verwendet. Entferne ihn. Verwendet werden: {known}.',
    value:
      'Der Parameter {parameter} in der Adresse {parameter, select, sslmode {muss disable, prefer, require, verify-ca, verify-full oder no-verify sein} ssl {muss true, 1 oder 0 sein} sslnegotiation {muss postgres oder direct sein} uselibpqcompat {muss true oder false sein} port {muss eine Zahl von 1 bis 65535 sein} other {braucht einen Wert}}. Berichtige oder entferne ihn.',
  },
  move: {
    where:
      'Daten ziehen nach „sqlite“ oder an die Adresse einer PostgreSQL-Datenbank um, zum Beispiel postgres://user:password@host/database.',
    here_already: 'Die Daten sind schon in {place}. Nichts wurde geändert.',
    only_to_file:
      'Die Daten sind in {place}. Zieh damit zuerst nach „sqlite“ um, dann in eine andere Datenbank. Nichts wurde geändert.',
    foreign:
      'Die Datenbank {place} ist nicht leer: Ein anderes Programm hat etwas darin gespeichert. Nichts wurde geändert. Lege eine leere Datenbank an, und zieh mit den Daten dorthin um.',
    in_use:
      'Die Datenbank {place} gehört schon zu einem Node, der sie vielleicht verwendet. Nichts wurde geändert. Lege für den Umzug eine leere Datenbank an.',
    lacks_identity:
      'Die Datenbank {place} gehört zu {server}, und dieser Node hat nicht die Identität von {server}. Nichts wurde geändert. Wenn er der zweite Node von {server} werden soll, beende ihn, kopiere identity.json und tls-key.pem aus dem Datenordner des ersten Nodes in seinen, lesbar nur für seinen Benutzer, und starte ihn mit --database und dieser Adresse. Für einen neuen Server lege eine leere Datenbank an.',
    other_server:
      'Die Datenbank {place} enthält die Daten eines anderen Servers, {server}. Nichts wurde geändert. Lege eine leere Datenbank an, und zieh mit den Daten dorthin um.',
    newer:
      'Die Datenbank {place} wurde von einer neueren Version von Paracord Node geschrieben: Sie hat Schema {schema, number}, und diese Version kennt {known, number}. Nichts wurde geändert. Aktualisiere Paracord Node, oder lege eine leere Datenbank an.',
    busy: 'Ein anderer Node verwendet {place} oder zieht gerade dorthin um. Nichts wurde geändert. Warte, bis er fertig ist, oder lege eine leere Datenbank an.',
    differs:
      'Die Daten sind nicht nach {place} umgezogen, weil sich die Tabelle {table} dort vom Original unterscheidet. Der Node arbeitet mit den Daten weiter, wo sie waren. Das ist ein Fehler in Paracord Node oder im Arbeitsspeicher oder Datenträger des Computers. Melde ihn.',
    kept_file:
      'Die Datei {path} wurde aufgehoben. Sie ist jetzt die Kopie der Datenbank: Der Node hält sie aktuell, und kein Node startet mit ihr allein.',
    kept_database:
      'Die alte Datenbank {place} wurde aufgehoben. Sie enthält die Daten vom Zeitpunkt des Umzugs, und kein Node schreibt hinein. Lösch sie, wenn du sie nicht mehr brauchst: Sie kann Nachrichten enthalten, die später gelöscht werden.',
  },
  work: {
    ended: 'Das ist schon beendet.',
    not_now: 'Das lässt sich jetzt nicht abbrechen. Es endet von selbst.',
    catch_up: 'Nachholen von {server}',
    join: 'Beitritt zu {room}',
    backup: 'Backup wird erstellt',
    restore: 'Backup wird wiederhergestellt',
    drill: 'Neuestes Backup wird ausprobiert',
    events: '{done, plural, one {# Ereignis gelesen} other {# Ereignisse gelesen}}',
    events_of: '{done, number} von {total, plural, one {# Ereignis} other {# Ereignissen}}',
    copied: '{done, number} von {total, number} MB kopiert',
    files: '{done, number} von {total, number} Dateien',
    checking: 'Die Kopie wird geprüft',
    rows: '{done, number} von {total, number} Zeilen kopiert',
    backup_canceled: 'Das Backup wurde abgebrochen. Es ist nichts zurückgeblieben.',
    restore_canceled: 'Die Wiederherstellung wurde abgebrochen. Nichts wurde geändert.',
    drill_canceled: 'Die Probe wurde abgebrochen. Das Backup wurde nicht geändert.',
  },
  login: {
    spent: 'Dieser Anmeldelink wurde schon verwendet oder ist älter als 15 Minuten. Erstelle einen neuen.',
    too_many:
      'Zu viele Anmeldeversuche. Versuch es in {seconds, plural, one {# Sekunde} other {# Sekunden}} noch einmal.',
    code: 'Gib den Code eines Anmeldelinks ein.',
    no_browser: 'Dieser Browser ist nicht mehr angemeldet.',
  },
  caller: {
    bot: 'Ein Bot-Token darf {method} {path} nicht verwenden. Es handelt als ein Benutzer, und nur in Räumen. Das Token des Betreibers darf es.',
    role: 'Dein Konto darf {method} {path} nicht verwenden. Frage jemanden mit der Rolle Admin oder den Betreiber dieses Servers.',
    other_user: 'Diese Anmeldung handelt als {user} und kann nicht als {as} handeln. Lass „as“ weg.',
    no_event: 'In den Räumen von {user} gibt es kein Ereignis {event}.',
    no_invite: 'Es gibt keine Einladung {id} für {user}.',
    no_room: '{user} ist nicht in diesem Raum und darf ihm nicht beitreten.',
    not_below: 'Du kannst nur über Personen entscheiden, deren Rolle unter deiner liegt.',
    speaks: '{user} meldet sich an und spricht selbst, daher kann niemand sonst als {user} handeln.',
  },
  token: {
    revoked: 'Dieses Token wurde zurückgezogen.',
    no_user: '{user} ist kein Benutzer dieses Servers. Wähle einen seiner Benutzer.',
    too_many: 'Es gibt schon {max, number} Token. Zieh eines zurück, das nicht mehr verwendet wird.',
    unknown: 'Es gibt kein Token {id}. Die Liste der Token zeigt, welche es gibt.',
  },
  control: {
    streams:
      'Diese Anmeldung hat schon {max, number} offene Ereignisströme. Schließe einige davon, zum Beispiel Tabs der Konsole.',
    stopping: 'Dein Server wird gerade beendet.',
    not_running: 'Der Server läuft nicht, weil er nicht wieder starten konnte. Starte Paracord Node neu.',
    bad_escapes: 'Die %-Escapes in der Adresse sind kein gültiges UTF-8.',
    not_found: 'Unter {path} gibt es nichts. {document} führt alles auf, was es gibt.',
    bad_method: '{method} wird hier nicht unterstützt. Verwende {allow}.',
    bad_host:
      '„{host}“ ist keine Adresse dieser Konsole. Auf ihrem eigenen Computer öffnest du sie mit 127.0.0.1:{port}. Ist „{host}“ ein TLS-Proxy davor, starte deinen Server mit --console-host und dem Namen des Proxys.',
    other_origin: 'Anfragen von Seiten eines anderen Ursprungs werden nicht angenommen.',
    other_site: 'Änderungen von Seiten einer anderen Website werden nicht angenommen.',
    own_page: 'Diese Anfrage kam nicht von der Konsole selbst und wird deshalb nicht angenommen.',
    no_token:
      'Melde dich in der Konsole an, oder sende den Header „Authorization: Bearer TOKEN“. Das Token steht in control.json im Datenordner.',
    wrong_token:
      'Das ist nicht das Token deines laufenden Servers. Das aktuelle Token steht in control.json im Datenordner.',
    compressed: 'Komprimierte Anfragen werden nicht unterstützt.',
    not_object: 'Der Inhalt der Anfrage muss ein JSON-Objekt sein, ist aber {found}.',
    bad_json: 'Der Inhalt der Anfrage muss ein JSON-Objekt in UTF-8 sein: {detail}.',
    not_utf8: 'Er ist kein UTF-8',
    found_null: 'null',
    found_array: 'ein Array',
    found_other: '{type, select, string {eine Zeichenkette} number {eine Zahl} other {ein Wahrheitswert}}',
    too_large: 'Der Inhalt der Anfrage darf höchstens {bytes, number} Bytes haben.',
    cut_short: 'Die Verbindung endete, bevor der ganze Inhalt da war.',
    no_pages:
      'Die Oberfläche wurde nicht gebaut. Führe im Ordner des Programms „npm ci --include=dev“ und dann „npm run build“ aus. Dein Server funktioniert auch ohne sie.',
    cursor: 'Der Cursor muss unverändert der Wert von „next“ aus einer früheren Antwort sein.',
    user_exists: '{user} gibt es schon.',
    not_waiting: 'Kein Ereignis {event} wartet auf {server}.',
    flagged:
      'Dein Server wurde mit {flag} gestartet. Das hat Vorrang vor der Einstellung „{name}“. Starte ihn ohne dieses Flag, und ändere die Einstellung dann hier.',
    whole_path: 'Gib den ganzen Pfad ein, vom Wurzelverzeichnis an.',
    internal: 'Auf diesem Server ist etwas schiefgegangen. Einzelheiten stehen in seinem Protokoll.',
    diagnostics_note:
      'Für alle, die dir mit deinem Server helfen. Enthalten sind Servernamen, Adressen, die Zahl der Benutzer und Räume und was schiefging, aber keine Schlüssel, Token, Passphrasen oder Nachrichten.',
    left_out: '[weggelassen]',
  },
};
