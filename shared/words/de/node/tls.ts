import type { tls as english } from '../../en/node/tls.ts';
import type { Translation } from '../../messages.ts';

export const tls: Translation<typeof english> = {
  tls: {
    stand_in: '{problem} Bis das behoben ist, zeigt dein Server ein eigenes Zertifikat vor.',
    expired_pinned:
      'Das Zertifikat deines Servers ist am {until, date, long} abgelaufen. Peers, die sich seinen Schlüssel nicht gemerkt haben, lehnen die Verbindung ab. {next}',
    expires:
      'Das Zertifikat deines Servers läuft am {until, date, long} ab und wurde noch nicht erneuert. {next}',
    renew_files: 'Erneuere die Dateien, aus denen es kommt. Dein Server übernimmt sie ohne Neustart.',
    keeps_trying: 'Dein Server versucht weiter, es zu erneuern.',
    renewed_around: 'Dein Server erneuert es um den {at, date, long}.',
    remade_around:
      'Dein Server stellt um den {at, date, long} ein neues aus, mit demselben Schlüssel. Für Peers ändert sich nichts.',
    retried_at: 'Dein Server versucht es am {at, date, long} um {at, time, ::jmmz} noch einmal.',
    file_missing: 'Die TLS-Datei {file} gibt es nicht. Lege sie dort ab oder wähle eine andere Datei.',
    file_denied: 'Dieses Programm darf die TLS-Datei {file} nicht lesen. Ändere ihre Zugriffsrechte.',
    file_folder: 'Die TLS-Datei {file} ist ein Ordner. Wähle eine Datei im PEM-Format.',
    file_irregular: 'Die TLS-Datei {file} ist eine Pipe oder ein Gerät. Wähle eine Datei im PEM-Format.',
    file_unreadable: 'Die TLS-Datei {file} ist nicht lesbar: {detail}.',
    bad_pair:
      '{cert} und {key} sind kein brauchbares Paar: {why}. Nötig sind eine Zertifikatskette und ihr privater Schlüssel, beide im PEM-Format.',
    keeps_former: '{problem} Das bisherige Zertifikat bleibt in Gebrauch.',
    not_its_key: 'Der Schlüssel gehört nicht zum Zertifikat',
    no_key: 'In der Datei des Schlüssels steht kein privater Schlüssel in PEM-Form',
    no_certificate: 'In der Datei des Zertifikats steht kein Zertifikat in PEM-Form',
    key_encrypted:
      'Der Schlüssel ist mit einer Passphrase geschützt, nach der dein Server nicht fragt; „openssl pkey -in SCHLÜSSEL -out NEU“ schreibt ihn ohne Passphrase',
    chain_order:
      'Das Zertifikat zu diesem Schlüssel steht in der Datei nicht an erster Stelle; setze es vor die seiner Zertifizierungsstellen',
    own_key:
      'Mit dem Schlüssel in {file} lässt sich kein Zertifikat ausstellen: {why}. Stelle diese Datei aus einem Backup wieder her. Wenn du sie löschst, erzeugt dein Server einen neuen Schlüssel, und Peers, die sich den alten gemerkt haben, müssen deinen Server noch einmal hinzufügen.',
    key_kind: 'Schlüssel der Art {kind} werden nicht unterstützt, nur P-256, P-384 und RSA',
  },
  acme: {
    obtained: 'Ein Zertifikat für {names} ist in Gebrauch, gültig bis zum {until, date, long}.',
    asking: 'Kontaktiert {host}.',
    trying: 'Probelauf bei {host}. {step}',
    ordering: 'Bestellung bei {host}. {step}',
    step_order: 'Die Bestellung wird aufgegeben.',
    step_certificate: 'Das Zertifikat wird angefordert.',
    step_prove: '{name} wird per {type} nachgewiesen.',
    not_yet: 'Noch kein neues Zertifikat: {why}. Dein Server versucht es automatisch wieder.',
    accounts:
      '{path} ist nicht lesbar. Die Datei wurde nicht verändert, denn sie enthält den Schlüssel deines Kontos bei der Zertifizierungsstelle. Stelle sie aus einem Backup wieder her, oder verschiebe sie, um mit einem neuen Konto anzufangen.',
    says: '{text} Sie sagt: „{quote}“',

    the_name: 'den Namen',
    chosen: 'unter Server, Netzwerk, oder mit {flag}',
    flagged: 'mit {flag} beim Start deines Servers, oder mit „paracord-node settings change“',
    account_refused: '{authority} lehnt dieses Konto oder diese Anfrage ab ({type}).',
    dns: '{authority} konnte {name} nicht auflösen. Leg dafür einen A- oder AAAA-Eintrag mit der öffentlichen Adresse deines Servers an, oder warte, bis sich ein neuer Eintrag verbreitet hat.',
    dns_proof:
      '{authority} hat den Nachweis deines Servers im DNS von {name} nicht gefunden. Der Eintrag war da, also sind sich die DNS-Server des Namens vielleicht noch nicht einig. Du musst nichts tun: Dein Server versucht es erneut.',
    dns_address: '{name} ist eine IP-Adresse, und DNS-01 weist nur Namen nach. Wähle eine andere Challenge.',
    in_dns: 'das DNS',
    caa: 'Der CAA-Eintrag von {name} erlaubt nur andere Zertifizierungsstellen. Füge seinem DNS „0 issue "letsencrypt.org"“ hinzu (oder den Namen deiner Zertifizierungsstelle), oder entferne den Eintrag.',
    rate_limited:
      '{authority} nimmt zurzeit keine Bestellungen mehr an. Du musst nichts tun: Dein Server versucht es automatisch wieder.',
    rate_limited_until:
      '{authority} nimmt bis {at, date, long}, {at, time, ::jmmz}, keine Bestellungen mehr an. Du musst nichts tun: Dein Server versucht es dann wieder.',
    identifier:
      '{authority} stellt für {name} kein Zertifikat aus. Es muss ein öffentlicher Domainname sein, oder eine öffentliche Adresse, wenn die Zertifizierungsstelle solche zertifiziert. Wähle einen anderen Namen ({how}), oder lass deinen Server sein eigenes Zertifikat ausstellen.',
    external_account:
      '{authority} verlangt ein Konto, das zuerst auf der eigenen Website angelegt wird. Das unterstützt dieses Programm nicht. Wähle eine andere Zertifizierungsstelle ({how}), oder beschaffe das Zertifikat mit einem anderen Programm und gib diesem die Dateien.',
    user_action: '{authority} hat neue Bedingungen, denen du zuerst auf der Website zustimmen musst.',
    contact: '{authority} nimmt die E-Mail-Adresse nicht an. Wähle eine andere oder keine ({how}).',
    profile:
      '{authority} bietet das Profil nicht an, das Zertifikate für Adressen brauchen. Verwende stattdessen einen Domainnamen ({how}).',
    internal:
      '{authority} hat einen internen Fehler. Du musst nichts tun: Dein Server versucht es automatisch wieder.',
    refused: '{authority} hat die Anfrage abgelehnt ({type}).',
    not_connected: '{authority} konnte sich nicht mit {name} an Port {port} verbinden. {next}',
    other_there:
      '{authority} hat an Port {port} von {name} etwas anderes als deinen Server erreicht. {next} Ein Proxy davor muss {what} weitergeben.',
    tls_itself: 'die TLS-Verbindung selbst',
    this_server: 'dein Server',
    listener: 'der Föderations-Port',
    listener_at: 'der Föderations-Port (Port {port} dieses Computers)',
    port_here: 'Port {port} dieses Computers',
    port_at: 'Port {port} an {host}',
    must_reach:
      'Port {port} von {name} muss hierher führen: {place}. Prüfe die Portfreigabe im Router, die Firewall und den DNS-Eintrag des Namens.',
    or_forward:
      '{text} Oder leite TCP-Port {port} in den Einstellungen des Routers hierher weiter: {place}. Wenn das schon geschehen ist, prüfe die Firewall und den DNS-Eintrag des Namens.',
    port_used_instead:
      'Ein anderes Programm verwendet {port}. Deshalb wird die Challenge an Port {other} beantwortet.',
    port_denied_instead:
      'Nur Administratoren dürfen {port} verwenden. Deshalb wird die Challenge an Port {other} beantwortet.',
    not_our_address:
      'Die Challenge soll an {host} beantwortet werden, aber das ist keine Adresse dieses Computers. Wähle eine andere ({how}).',
    not_listening:
      'Die HTTP-01-Challenge lässt sich nicht beantworten: Dein Server kann nicht auf {port} lauschen ({detail}).',
    port_used:
      'Ein anderes Programm verwendet {port}, den die HTTP-01-Challenge braucht. Beende dieses Programm, oder wähle einen anderen Port für die Antwort ({how}) und lass den Router TCP-Port 80 dorthin weiterleiten, oder jenes Programm {path}. Oder verwende TLS-ALPN-01, das Port 443 am Föderations-Port braucht (--acme-challenge tls-alpn-01).',
    port_denied:
      'Nur Administratoren dürfen {port} verwenden, den die HTTP-01-Challenge braucht. Wähle einen anderen Port für die Antwort ({how}), und lass den Router TCP-Port 80 dorthin weiterleiten. Oder verwende TLS-ALPN-01, das Port 443 am Föderations-Port braucht (--acme-challenge tls-alpn-01).',
    no_challenge:
      'Für {name} bietet die Zertifizierungsstelle an: {offered}. {wanted, select, none {Davon unterstützt dieses Programm nichts.} other {Du hast {wanted} gewählt.}} Wähle eine andere Challenge ({how}), oder beschaffe das Zertifikat mit einem anderen Programm und gib diesem die Dateien ({files}).',
    nothing_offered: 'keine Challenge',

    why_no_reason: 'Die Zertifizierungsstelle hat die Bestellung beendet, ohne einen Grund zu nennen',
    why_unasked: 'Die Zertifizierungsstelle verlangt einen Nachweis für etwas, das nicht bestellt wurde',
    why_proof: 'Der Nachweis für {name} hat den Status {status}',
    why_slow: 'Die Zertifizierungsstelle hat länger als drei Minuten gebraucht',
    why_unusable: 'Die Zertifizierungsstelle hat ein unbrauchbares Zertifikat gesendet ({detail})',
    why_other_name: 'Das Zertifikat der Zertifizierungsstelle ist nicht für {name}',
    why_expired: 'Das neue Zertifikat ist schon abgelaufen, oder die Uhr dieses Computers geht falsch',
    why_unreachable: '{host} ist nicht erreichbar ({detail})',
    why_timeout: '{host} hat nicht rechtzeitig geantwortet',
    why_not_https: '{url} ist keine HTTPS-Adresse',
    why_too_large: 'Die Antwort ist größer als {bytes, number} Bytes',
    why_no_nonce: '{host} hat keine Nonce gesendet',
    why_status: '{host} hat mit Status {status} geantwortet',
    why_not_rfc: 'Eine Antwort der Zertifizierungsstelle ({what}) entspricht nicht RFC 8555',
    why_no_location: 'Eine Antwort der Zertifizierungsstelle ({what}) enthält keine Adresse',
  },
  listen: {
    in_use: 'Port {port} an {address} wird von einem anderen Programm verwendet.',
    privileged: 'Port {port} braucht Administratorrechte. Ports ab 1024 brauchen keine.',
    not_ours: '{address} ist keine Adresse dieses Computers.',
    choose_other: '{problem} Wähle einen anderen. Nichts wurde geändert.',
  },
};
