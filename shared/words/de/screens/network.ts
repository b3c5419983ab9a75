import type { network as english } from '../../en/screens/network.ts';
import type { Translation } from '../../messages.ts';

export const network: Translation<typeof english> = {
  details: 'Details',
  drawing: {
    label: 'Der Weg zu diesem Computer',
    friend: 'Andere Seite',
    router: 'Router',
    network: 'Dein Netzwerk',
    here: 'Dieser Computer',
    joint: '{from} bis {to}: {state}',
    states: { ok: 'geht', failed: 'geht nicht', untested: 'nicht geprüft', running: 'wird geprüft' },
  },
  rows: { port: 'Port', certificate: 'Zertifikat', router: 'Router', address: 'Öffentliche Adresse' },

  listener: {
    title: 'Port für Peers',
    at: 'Lauscht auf Peers unter',
    hint: 'TCP-Port {port} dieses Computers, unter seinem Namen oder seiner Adresse in deinem Netzwerk.',
    none: 'Nimmt keine Verbindungen von Peers an.',
    port: 'Port',
    portHint: 'Gilt sofort. Verbindungen auf dem alten Port werden eventuell getrennt.',
    moves: 'Die öffentliche Adresse wird zu {address}, und deine Peers erfahren davon.',
    forward:
      'Wenn du in deinem Router selbst eine Portweiterleitung angelegt hast, ändere sie auf Port {port}.',
    save: 'Port ändern',
    saved: 'Peers erreichen dich jetzt über Port {port}.',
    byFlag:
      'Der Port wurde beim Start mit --listen festgelegt. Um ihn hier zu ändern, starte den Node ohne diese Option.',
  },

  certificate: {
    title: 'Zertifikat',
    shown: 'Ausgestellt für {names} von {issuer}.',
    shownNameless: 'Ausgestellt von {issuer}.',
    until: 'Läuft am {when} ab.',
    standIn: 'Vorerst selbst signiert',
    noProxy: 'Niemand kann sich verbinden, bis ein Proxy davor steht.',
    pinned: 'Selbst signiert. Peers merken sich seinen Schlüssel.',
    retry: 'Jetzt erneut versuchen',
    question: 'Welches Zertifikat sollen Peers sehen?',
    modes: {
      'self-signed': 'Selbst signiert',
      acme: 'Von einer Zertifizierungsstelle',
      files: 'Eigene Dateien',
      off: 'TLS aus',
    },
    hints: {
      'self-signed':
        'Der Node erstellt es selbst. Peers merken es sich, wenn sie dich hinzufügen, und werden gewarnt, falls es sich ändert. Du musst es nie erneuern.',
      acme: 'Der Node beantragt es bei Let’s Encrypt und erneuert es. Wähle das, wenn auch Browser und andere Systeme ihm vertrauen sollen.',
      files: 'Der Node liest deine Dateien und liest sie neu, wenn du sie erneuerst.',
      off: 'Unverschlüsseltes HTTP: für den Betrieb hinter einem Proxy, der TLS übernimmt, und zum Ausprobieren. Ereignisse werden trotzdem signiert.',
    },
    certFile: 'Zertifikatsdatei',
    certFileHint:
      'Vollständiger Pfad der Zertifikatskette im PEM-Format auf dem Computer des Nodes, zum Beispiel /etc/ssl/chat/fullchain.pem',
    keyFile: 'Schlüsseldatei',
    keyFileHint: 'Vollständiger Pfad des privaten Schlüssels im PEM-Format. Der Node liest ihn nur.',
    names: 'Namen',
    namesHint:
      'Domainnamen oder IP-Adressen, durch Kommas getrennt. Sie müssen auf diesen Node zeigen. Ohne Angabe gilt {host}.',
    namesHintNone: 'Domainnamen oder IP-Adressen, durch Kommas getrennt. Sie müssen auf diesen Node zeigen.',
    email: 'E-Mail-Adresse',
    emailHint: 'Darüber kann dich die Zertifizierungsstelle erreichen.',
    another: 'Andere Zertifizierungsstelle verwenden',
    directory: 'URL des ACME-Verzeichnisses',
    directoryHint: 'Ohne Angabe wird Let’s Encrypt verwendet.',
    proof:
      'Die Zertifizierungsstelle verbindet sich mit Port 80 jedes Namens. Der Node bittet deinen Router, diesen Port kurz zu öffnen. Wenn dein Router das nicht kann, leite TCP-Port 80 an diesen Computer weiter.',
    agree: 'Ich stimme den Nutzungsbedingungen der Zertifizierungsstelle zu',
    terms: 'Nutzungsbedingungen von Let’s Encrypt lesen',
    mustAgree: 'Ohne Zustimmung zu den Nutzungsbedingungen bekommst du kein Zertifikat.',
    off: {
      title: 'TLS ausschalten?',
      verb: 'Ausschalten',
      will: 'Niemand kann sich verbinden, bis ein Proxy davor steht, der TLS übernimmt.',
    },
    save: 'Dieses Zertifikat verwenden',
    saved: {
      'self-signed': 'Das selbst signierte Zertifikat ist jetzt im Einsatz.',
      acme: 'Das Zertifikat wird beantragt. Bis es da ist, verwendet der Node ein selbst signiertes.',
      files: 'Dein Zertifikat ist jetzt im Einsatz.',
      off: 'TLS ist aus. Ein Proxy davor muss es übernehmen.',
    },
    byFlag:
      'Das Zertifikat wurde beim Start mit --tls festgelegt. Um es hier zu ändern, starte den Node ohne diese Option.',
  },

  router: {
    title: 'Router',
    ask: 'Portweiterleitung automatisch einrichten',
    askHint:
      'Der Node bittet deinen Router über PCP, NAT-PMP oder UPnP darum. Wenn der Node endet, wird sie wieder entfernt.',
    tried: 'Anfragen an deinen Router',
    protocols: { pcp: 'PCP', 'nat-pmp': 'NAT-PMP', upnp: 'UPnP', pcp6: 'PCP, IPv6', upnp6: 'UPnP, IPv6' },
    offers:
      'Peers verwenden zurzeit {address}. Dein Anbieter kann diese Adresse ändern. Ein Domainname bleibt gleich.',
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
      pull: 'Dieser Server verbindet sich mit Freunden, sie sich nicht mit ihm',
    },
    question: 'Wie erreichen andere Server diesen hier?',
    ways: {
      router: 'Direkt über meinen Router',
      proxy: 'Über einen Reverse-Proxy',
      pull: 'Vorerst gar nicht',
    },
    wayHints: {
      router:
        'Dein Router leitet Verbindungen an diesen Computer weiter: automatisch oder über eine Regel, die du anlegst.',
      proxy: 'nginx, Caddy oder ein gemieteter Server übernimmt TLS und leitet an diesen Computer weiter.',
      pull: 'Nichts einzurichten. Dieser Node verbindet sich mit anderen, aber sie nicht mit ihm.',
    },
    address: 'Öffentliche Adresse',
    addressHint:
      'Mit dieser Adresse fügen Freunde dich hinzu: https://, dann ein Name oder eine IPv4-Adresse, und der Port, falls er nicht 443 ist.',
    stepsTitle: 'Was zu tun ist',
    pullTitle: 'Was das bedeutet',
    save: 'Adresse speichern',
    savePull: 'Ohne Adresse speichern',
    saved: 'Die öffentliche Adresse ist gespeichert. Deine Peers erfahren davon.',
    clash:
      'Auf Port {port} lauscht schon dieser Node. Ein Proxy auf demselben Computer braucht einen anderen: Lass den Port in der Adresse weg (443), oder ändere unten den Port des Nodes.',
    switchesOff: 'Dabei wird hier auch TLS ausgeschaltet, weil der Proxy es übernimmt.',
    switchesOn: 'Dabei wird auch TLS eingeschaltet, mit einem selbst signierten Zertifikat.',
    byFlag:
      'Die Adresse wurde beim Start mit --public-url {address} festgelegt. Um sie hier zu ändern, starte den Node ohne diese Option.',
    notSet:
      'Nicht festgelegt. Dieser Node kann Nachrichten abholen, aber Peers können sich nicht mit ihm verbinden.',
    untried:
      'Unten kannst du sie prüfen. Die Prüfung läuft auf diesem Computer; von außen kann ein Peer prüfen.',
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
      'Wenn dieser Computer eine Firewall hat, erlaube eingehende Verbindungen auf TCP-Port {port}.',
    cgnatStep:
      'Wenn die eigene Adresse deines Routers mit 10. oder mit 100.64 bis 100.127 beginnt, teilst du dir eine öffentliche Adresse mit anderen Kunden deines Anbieters. Dann hilft keine Portweiterleitung: Nutze einen Proxy auf einem gemieteten Server oder verzichte auf eine öffentliche Adresse.',
    tlsNeeded:
      'TLS wurde beim Start ausgeschaltet. Jeder auf dem Weg zu deinen Peers kann deshalb mitlesen. Starte den Node mit:',
    tlsOffStep:
      'TLS wurde beim Start eingeschaltet. Überlass es stattdessen dem Proxy und starte den Node mit:',
    caddyStep: 'Mit Caddy ist das die ganze Konfiguration:',
    nginxStep: 'Oder mit nginx:',
    pathStep:
      'Der Proxy muss den Pfad jeder Anfrage unverändert weitergeben, denn der Pfad gehört zur Signatur.',
    pullSteps: {
      sending:
        'Was du schreibst, geht sofort an jeden Peer, den du erreichst. Was andere schreiben, kommt an, wenn dieser Node danach fragt: in aktiven Räumen alle paar Sekunden.',
      bothPull:
        'Zwei Server können keine Nachrichten austauschen, wenn keiner von beiden den anderen erreicht.',
      adding:
        'Ein Freund fügt dich über deine Adresse hinzu, also muss sie in diesem Moment funktionieren: im selben Netzwerk, über ein VPN oder mit kurz geöffnetem Port.',
    },
  },
  /** Kommentare in den Konfigurationen der Proxys. */
  proxyComments: {
    size: 'Paracord Node nimmt Anfragen bis {mebibytes, number} MiB an.',
    unchanged: 'Pfad, Abfrage und Host werden unverändert weitergegeben, weil Peers sie signieren.',
    idle: 'Kürzer, als der Node ungenutzte Verbindungen offen hält.',
    noPath:
      'Nach dem Port folgt nichts, nicht einmal ein Schrägstrich: Pfad und Abfrage werden unverändert weitergegeben, weil Peers sie signieren.',
    direct: 'Lange Antworten werden direkt weitergegeben, ohne Umweg über die Festplatte.',
  },
};
