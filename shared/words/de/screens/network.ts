import type { network as english } from '../../en/screens/network.ts';
import type { Translation } from '../../messages.ts';

export const network: Translation<typeof english> = {
  details: 'Details',
  drawing: {
    label: 'Der Weg zu diesem Computer',
    friend: 'Freunde',
    router: 'Router',
    network: 'Dein Netzwerk',
    here: 'Dieser Computer',
    joint: '{from} bis {to}: {state}',
    states: { ok: 'geht', failed: 'geht nicht', untested: 'nicht geprüft', running: 'wird geprüft' },
  },
  rows: { port: 'Port', certificate: 'Zertifikat', router: 'Router', address: 'Öffentliche Adresse' },

  listener: {
    title: 'Port für Peers',
    at: 'Offen unter',
    hint: 'Auf diesem Computer offen: Port {port}.',
    none: 'Kein Port ist offen.',
    port: 'Port',
    portHint: 'Gilt sofort. Verbindungen auf dem alten Port brechen vielleicht ab.',
    moves: 'Die öffentliche Adresse wird zu {address}, und die Server deiner Freunde erfahren davon.',
    forward: 'Wenn du in deinem Router selbst einen Port weiterleitest, ändere ihn auf Port {port}.',
    save: 'Port ändern',
    saved: 'Port {port} ist jetzt offen.',
    byFlag:
      'Der Port wurde beim Start mit --listen festgelegt. Um ihn hier zu ändern, starte ohne diese Option.',
  },

  certificate: {
    title: 'Zertifikat',
    shown: 'Ausgestellt für {names} von {issuer}.',
    shownNameless: 'Ausgestellt von {issuer}.',
    until: 'Läuft am {when} ab.',
    standIn: 'Vorerst selbst signiert',
    noProxy: 'Niemand kann sich verbinden, bis ein Proxy davorsteht.',
    pinned: 'Selbst signiert. Peers merken sich seinen Schlüssel.',
    retry: 'Jetzt erneut versuchen',
    question: 'Welches Zertifikat sollen Peers sehen?',
    modes: {
      'self-signed': 'Selbst signiert',
      acme: 'Öffentlich',
      files: 'Eigene Dateien',
      off: 'TLS aus',
    },
    hints: {
      'self-signed':
        'Dein Server stellt es selbst aus. Peers merken es sich, wenn sie dich hinzufügen, und werden gewarnt, falls es sich ändert. Du musst es nie erneuern.',
      acme: 'Dein Server beantragt es bei Let’s Encrypt und erneuert es. Wähle das, wenn auch Browser und andere Systeme ihm vertrauen sollen.',
      files: 'Dein Server liest deine Dateien und liest sie neu, wenn du sie erneuerst.',
      off: 'Unverschlüsseltes HTTP: hinter einem Proxy, der TLS übernimmt, und zum Ausprobieren. Nachrichten werden trotzdem signiert.',
    },
    certFile: 'Zertifikatsdatei',
    certFileHint:
      'Vollständiger Pfad der Zertifikatskette im PEM-Format auf dem Computer des Servers, zum Beispiel /etc/ssl/chat/fullchain.pem',
    keyFile: 'Schlüsseldatei',
    keyFileHint: 'Vollständiger Pfad des privaten Schlüssels im PEM-Format. Dein Server liest ihn nur.',
    names: 'Namen',
    namesHint:
      'Domainnamen oder IP-Adressen, durch Kommas getrennt. Sie müssen zu deinem Server führen. Ohne Angabe: {host}.',
    namesHintNone: 'Domainnamen oder IP-Adressen, durch Kommas getrennt. Sie müssen zu deinem Server führen.',
    email: 'E-Mail-Adresse',
    emailHint: 'Darüber kann dich die Zertifizierungsstelle erreichen.',
    another: 'Andere Zertifizierungsstelle verwenden',
    directory: 'URL des ACME-Verzeichnisses',
    directoryHint: 'Ohne Angabe: Let’s Encrypt.',
    proof:
      'Die Zertifizierungsstelle verbindet sich mit Port 80 jedes Namens. Dein Server bittet deinen Router, diesen Port kurz zu öffnen. Wenn dein Router das nicht kann, leite TCP-Port 80 an diesen Computer weiter.',
    agree: 'Ich stimme den Nutzungsbedingungen der Zertifizierungsstelle zu',
    terms: 'Nutzungsbedingungen von Let’s Encrypt lesen',
    mustAgree: 'Ohne Zustimmung zu den Nutzungsbedingungen bekommst du kein Zertifikat.',
    off: {
      title: 'TLS ausschalten?',
      verb: 'Ausschalten',
      will: 'Niemand kann sich verbinden, bis ein Proxy davorsteht, der TLS übernimmt.',
    },
    save: 'Dieses Zertifikat verwenden',
    saved: {
      'self-signed': 'Das selbst signierte Zertifikat wird jetzt verwendet.',
      acme: 'Das Zertifikat wird beantragt. Bis es da ist, verwendet dein Server ein selbst signiertes.',
      files: 'Dein Zertifikat wird jetzt verwendet.',
      off: 'TLS ist aus. Stelle einen Proxy davor, der es übernimmt.',
    },
    byFlag:
      'Das Zertifikat wurde beim Start mit --tls festgelegt. Um es hier zu ändern, starte ohne diese Option.',
  },

  router: {
    title: 'Router',
    ask: 'Portweiterleitung automatisch einrichten',
    askHint:
      'Dein Server bittet deinen Router über PCP, NAT-PMP oder UPnP darum. Wird er beendet, verschwindet die Regel wieder.',
    tried: 'Anfragen an deinen Router',
    protocols: { pcp: 'PCP', 'nat-pmp': 'NAT-PMP', upnp: 'UPnP', pcp6: 'PCP, IPv6', upnp6: 'UPnP, IPv6' },
    offers:
      'Freunde verwenden zurzeit {address}. Dein Anbieter kann diese Adresse ändern. Ein Domainname bleibt gleich.',
    use: 'Als öffentliche Adresse verwenden',
    used: 'Die öffentliche Adresse ist jetzt {address}.',
  },

  reach: {
    title: 'Öffentliche Adresse',
    now: 'Aktueller Stand',
    change: 'Ändern, wie Freunde mich erreichen',
    titles: {
      router: 'Über deinen Router',
      proxy: 'Über einen Proxy',
      pull: 'Dein Server verbindet sich mit denen deiner Freunde; von außen erreicht ihn niemand',
    },
    question: 'Wie erreichen andere Server deinen?',
    ways: {
      router: 'Mein Router',
      proxy: 'Ein Proxy',
      pull: 'Gar nicht',
    },
    wayHints: {
      router:
        'Dein Router leitet Verbindungen an diesen Computer weiter: automatisch oder über eine Regel, die du anlegst.',
      proxy: 'nginx, Caddy oder ein gemieteter Server übernimmt TLS und leitet an diesen Computer weiter.',
      pull: 'Nichts einzurichten. Dein Server verbindet sich mit anderen, aber sie nicht mit ihm.',
    },
    address: 'Öffentliche Adresse',
    addressHint:
      'Über diese Adresse fügen Freunde dich hinzu: https://, dann ein Name oder eine IPv4-Adresse, dazu der Port, falls er nicht 443 ist.',
    stepsTitle: 'Was zu tun ist',
    pullTitle: 'Was das bedeutet',
    save: 'Adresse speichern',
    savePull: 'Ohne Adresse speichern',
    saved: 'Die öffentliche Adresse ist gespeichert. Die Server deiner Freunde erfahren davon.',
    clash:
      'Port {port} benutzt schon dein Server. Ein Proxy auf demselben Computer braucht einen anderen: Lass den Port in der Adresse weg (443), oder ändere unten den Port deines Servers.',
    switchesOff: 'Dabei wird hier auch TLS ausgeschaltet, weil der Proxy es übernimmt.',
    switchesOn: 'Dabei wird auch TLS eingeschaltet, mit einem selbst signierten Zertifikat.',
    byFlag:
      'Die Adresse wurde beim Start mit --public-url {address} festgelegt. Um sie hier zu ändern, starte ohne diese Option.',
    notSet:
      'Nicht festgelegt. Dein Server kann Nachrichten abholen, aber Freunde können sich nicht mit ihm verbinden.',
    untried:
      'Noch nicht geprüft. Das geht von diesem Computer aus, und von außen über den Server eines Freundes.',
    yourAddress: '<deine öffentliche IPv4-Adresse>',
    localAddress: '<Adresse dieses Computers>',
    recordStep:
      'Lege diesen DNS-Eintrag dort an, wo du deine Domain verwaltest. Wenn sich deine IP-Adresse ab und zu ändert, nutze dynamisches DNS. Die meisten Router können das.',
    hostsStep:
      'Dieser Name gilt nur in deinem lokalen Netzwerk. Trage diese Zeile in die hosts-Datei jedes Computers ein, der dich erreichen soll:',
    openStep: 'Dein Router leitet Verbindungen schon weiter. Dort ist nichts zu tun.',
    forwardStep:
      'Suche in deinem Router nach „Portfreigabe“, „Portweiterleitung“ oder „Virtual Server“ und lege diese Regel an:',
    forwardRule: 'TCP {outside}  →  dieser Computer, Port {inside}',
    firewallStep:
      'Falls dieser Computer eine Firewall hat, erlaube eingehende Verbindungen auf TCP-Port {port}.',
    cgnatStep:
      'Wenn die eigene Adresse deines Routers mit 10. oder mit 100.64 bis 100.127 beginnt, teilst du dir eine öffentliche Adresse mit anderen Kunden deines Anbieters. Dann hilft keine Portweiterleitung: Nutze einen Proxy auf einem gemieteten Server oder verzichte auf eine öffentliche Adresse.',
    tlsNeeded:
      'TLS wurde beim Start ausgeschaltet. Jeder auf dem Weg zu deinen Freunden kann deshalb mitlesen. Starte deinen Server mit:',
    tlsOffStep:
      'TLS wurde beim Start eingeschaltet. Überlass es stattdessen dem Proxy und starte deinen Server mit:',
    caddyStep: 'Mit Caddy ist das die ganze Konfiguration:',
    nginxStep: 'Oder mit nginx:',
    pathStep: 'Der Proxy darf den Pfad einer Anfrage nicht ändern, denn er gehört zur Signatur.',
    pullSteps: {
      sending:
        'Was du schreibst, geht sofort an jeden Server, den deiner erreicht. Was andere schreiben, kommt an, wenn dein Server danach fragt: in aktiven Räumen alle paar Sekunden.',
      bothPull: 'Erreicht keiner von zwei Servern den anderen, werden keine Nachrichten ausgetauscht.',
      adding:
        'Ein Freund fügt dich über deine Adresse hinzu, also muss sie in diesem Moment funktionieren: im selben Netzwerk, über ein VPN oder mit kurz geöffnetem Port.',
    },
  },
  /** Kommentare in den Konfigurationen der Proxys. */
  entrance: {
    title: 'Wo sich Leute anmelden',
    none: 'Dein Server hat noch keine verschlüsselte Adresse (https://), deshalb kann sich niemand anmelden. Stelle eine öffentliche Adresse ein, oder hol einen kostenlosen Namen.',
    kinds: {
      domain: 'ein Name mit vertrauenswürdigem Zertifikat',
      'kept-name': 'ein kostenloser Name mit vertrauenswürdigem Zertifikat',
      tailscale: 'ein Tailscale-Name',
      ip: 'eine IP-Adresse mit vertrauenswürdigem Zertifikat',
      'self-signed': 'selbst signiert: Browser warnen zuerst',
      home: 'in deinem Heimnetz, selbst signiert: Browser warnen zuerst',
    },
    works: { chat: 'Chat', install: 'App und Push', passkey: 'Passkeys' },
    states: {
      tested: 'geprüft',
      expected: 'sollte gehen',
      failed: 'nicht erreicht',
      never: 'hier nicht möglich',
    },
    test: 'Von diesem Computer aus prüfen',
    again: 'Erneut prüfen',
  },

  freeName: {
    title: 'Kostenlosen Namen holen',
    what: 'Für einen Namen, dem jedes Telefon vertraut, ohne Domain und offenen Port: Dein Server lässt ihn auf dein Zuhause zeigen und holt ein Zertifikat dafür. Er wird deine öffentliche Adresse.',
    provider: 'Wo ist der Name?',
    providers: { desec: 'deSEC', duckdns: 'DuckDNS', rfc2136: 'Mein eigener DNS-Server' },
    providerHints: {
      desec:
        'Ein gemeinnütziger Verein. Leg bei desec.io ein Konto und einen Namen an, dann unter „Token Management“ ein Token.',
      duckdns: 'Melde dich bei duckdns.org an, wähle einen Namen, und kopiere das Token, das dort steht.',
      rfc2136: 'Er nimmt Änderungen an, die mit einem Schlüssel signiert sind (RFC 2136).',
    },
    name: 'Name',
    nameHints: {
      desec: 'Zum Beispiel anna.dedyn.io, oder ein Name unter einer Domain, die du dort hast',
      duckdns: 'Zum Beispiel anna.duckdns.org',
      rfc2136: 'Zum Beispiel chat.example.org',
    },
    token: 'Token',
    tokenHints: {
      desec: 'Es bleibt auf diesem Computer und in dessen Backups, und wird nie wieder angezeigt.',
      duckdns: 'Es bleibt auf diesem Computer und in dessen Backups, und wird nie wieder angezeigt.',
    },
    server: 'DNS-Server',
    serverHint: 'Der primäre Server des Namens, zum Beispiel ns.example.org oder 192.168.1.2:53',
    keyName: 'Name des Schlüssels',
    key: 'Geheimnis des Schlüssels',
    keyHint: 'In Base64, für HMAC-SHA256. Es bleibt auf diesem Computer und in dessen Backups.',
    address: 'Wohin führt der Name?',
    which: { public: 'Zu mir nach Hause', home: 'Zu diesem Computer' },
    whichHints: {
      public:
        'Dein Server schreibt die Adresse deines Zuhauses im Internet, und jede neue. Freunde brauchen trotzdem einen offenen Port.',
      home: 'Dein Server schreibt die Adresse dieses Computers im Heimnetz. Von außen kann sich niemand verbinden, und nichts muss geöffnet werden.',
    },
    save: 'Diesen Namen holen',
    saved: 'Der Name führt hierher. Dein Server fordert jetzt sein Zertifikat an.',
    state: 'Bei {provider}. Führt zu {address}, geschrieben {when}.',
    change: 'Anderes Token eingeben …',
    drop: {
      title: 'Namen aufgeben?',
      verb: 'Aufgeben',
      will: 'Unter diesem Namen kann sich niemand mehr anmelden, und dafür erstellte Passkeys funktionieren nicht mehr.',
      deleted:
        'Seine Einträge und sein Token werden gelöscht, und das Zertifikat ist wieder selbst signiert.',
    },
    byFlag:
      'Adresse oder Zertifikat wurden beim Start deines Servers mit einem Flag gesetzt. Für einen kostenlosen Namen starte ihn ohne --public-url und --tls.',
  },
  proxyComments: {
    size: 'Paracord Node nimmt Anfragen bis {mebibytes, number} MiB an.',
    unchanged: 'Pfad, Abfrage und Host werden unverändert weitergegeben, weil Peers sie signieren.',
    idle: 'Kürzer, als Paracord Node ungenutzte Verbindungen offen hält.',
    noPath:
      'Nach dem Port folgt nichts, nicht einmal ein Schrägstrich: Pfad und Abfrage werden unverändert weitergegeben, weil Peers sie signieren.',
    direct: 'Lange Antworten werden direkt weitergegeben, ohne Umweg über die Festplatte.',
  },
};
