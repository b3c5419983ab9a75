import type { keptName as english } from '../../en/node/kept-name.ts';
import type { Translation } from '../../messages.ts';

export const keptName: Translation<typeof english> = {
  kept_name: {
    bad_name: 'ein vollständiger Name, zum Beispiel anna.dedyn.io',
    bad_duckdns_name: 'ein Name bei DuckDNS, zum Beispiel anna.duckdns.org',
    needs_token: 'das Token deines Kontos beim Anbieter',
    needs_server: 'dein DNS-Server, zum Beispiel ns.example.org oder 192.168.1.2:53',
    needs_key_name: 'der Name des Schlüssels',
    needs_key: 'das Geheimnis eines Schlüssels für HMAC-SHA256 in Base64, mindestens 16 Bytes',
    unreachable: '{provider} ist nicht erreichbar: {why}.',
    too_many:
      '{provider} nimmt zurzeit keine Änderungen mehr an. Du musst nichts tun: Dein Server versucht es erneut.',
    out_of_order:
      '{provider} hat selbst ein Problem (Status {status}). Du musst nichts tun: Dein Server versucht es erneut.',
    refused: '{provider} hat die Änderung abgelehnt. Die Antwort: „{quote}“',
    not_understood:
      '{provider} hat eine Antwort gesendet, die dieses Programm nicht versteht. Sieh nach, ob es eine neuere Version gibt.',
    desec_token:
      'deSEC akzeptiert dieses Token nicht. Erstelle bei desec.io unter „Token Management“ ein anderes, und gib es unter Server, Netzwerk ein.',
    desec_no_domain:
      'Das Konto dieses Tokens hat keine Domain für {name}. Füge die Domain bei desec.io hinzu, oder gib das Token des Kontos ein, das sie hat.',
    duckdns_refused:
      'DuckDNS hat die Änderung abgelehnt: Das Token ist falsch, oder {name} gehört nicht zu seinem Konto. Vergleiche beides mit dem, was duckdns.org dir zeigt.',
    no_home:
      'Dieser Computer hat zurzeit keine Adresse in einem Heimnetz. Verbinde ihn mit einem, oder gib dem Namen die öffentliche Adresse.',
    no_outside:
      'Die öffentliche Adresse deines Zuhauses ist nicht bekannt: Weder der Router noch der Anbieter nennt sie. Schalte im Router UPnP ein, oder gib dem Namen die Adresse im Heimnetz.',
    no_zone:
      '{server} hat keine Zone für {name}. Gib den DNS-Server ein, der sie hat, und zwar den primären.',
    bad_key:
      '{server} akzeptiert den Schlüssel nicht. Vergleiche seinen Namen und sein Geheimnis mit der Konfiguration des Servers; er muss für HMAC-SHA256 sein.',
    bad_time:
      'Die Uhren von {server} und diesem Computer gehen um mehr als fünf Minuten auseinander. Stelle die falsche.',
    update_refused:
      '{server} hat die Änderung abgelehnt (Code {code}). Erlaube diesem Schlüssel, A-, AAAA- und TXT-Einträge des Namens zu ändern.',
    server_silent: '{server} ist über TCP nicht erreichbar: {why}.',
    not_dns: '{server} hat etwas gesendet, das keine Antwort auf eine signierte Änderung ist.',
    not_seen:
      '{server} zeigt den Eintrag für {name} nach fünf Minuten noch nicht. Du musst nichts tun: Dein Server versucht es erneut.',
    not_kept:
      'Dein Server pflegt {name} nicht, also kann er den Namen nicht mit DNS-01 nachweisen. Gib den Namen unter Server, Netzwerk ein.',
    not_current: 'Die Adresse von {name} ist vielleicht veraltet. {why}',
  },
};
