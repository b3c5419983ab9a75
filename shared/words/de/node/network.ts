import type { network as english } from '../../en/node/network.ts';
import type { Translation } from '../../messages.ts';

export const network: Translation<typeof english> = {
  network: {
    compressed:
      'die Antwort ist komprimiert ({encoding}), worum dein Server nicht gebeten hat; vielleicht tut das ein Proxy vor dem Peer, und dort muss es ausgeschaltet werden',
    refused: 'Unter seiner Adresse antwortet nichts: Die Verbindung wurde abgelehnt.',
    broke: 'Die Verbindung brach ab, bevor er geantwortet hat.',
    unknown_name: 'Sein Hostname wurde nicht gefunden (DNS).',
    dns_down: 'Sein Hostname konnte gerade nicht aufgelöst werden (DNS).',
    no_route: 'Zu seiner Adresse führt kein Weg.',
    no_network: 'In sein Netz führt kein Weg.',
    connect_timeout: 'Er hat die Verbindung nicht rechtzeitig angenommen.',
    answer_timeout: 'Er hat nicht rechtzeitig geantwortet.',
    too_slow: 'Seine Antwort kam zu langsam an.',
    too_large: 'Seine Antwort ist größer als {bytes, number} Bytes.',
    failed: 'Er war nicht erreichbar: {detail}',
    no_details: 'keine Einzelheiten',
    plain_only:
      'Seine Adresse ist unverschlüsseltes HTTP. Dein Server verwendet das nur unter Adressen, die du selbst eingetragen hast.',
    private_address:
      '{host} ist eine private Adresse. Dein Server benutzt private Adressen nur, wenn du sie selbst eingetragen hast.',
    no_tls:
      'Was unter seiner Adresse antwortet, spricht kein TLS. Vielleicht spricht es unverschlüsseltes HTTP.',
    tls_name: 'Sein TLS-Server kennt diesen Hostnamen nicht.',
    tls_nothing_in_common:
      'Er und dein Server haben keinen Weg gefunden, TLS aufzubauen, den beide beherrschen. Vielleicht hat sein Zertifikat einen Ed25519- oder P-521-Schlüssel, den die Desktop-App nicht prüfen kann; sein Betreiber kann einen P-256-Schlüssel verwenden.',
    tls_version: 'Er und dein Server haben keine gemeinsame TLS-Version.',
    tls_failed: 'Der TLS-Handshake ist fehlgeschlagen.',
    tls_failed_code: 'Der TLS-Handshake ist fehlgeschlagen ({code}).',
    tls_timeout: 'Der TLS-Handshake war nach {seconds} Sekunden nicht abgeschlossen.',
    no_certificate: 'Er zeigt kein Zertifikat vor.',
    self_signed: 'Sein Zertifikat ist selbst signiert, und hier ist kein Schlüssel dafür gemerkt.',
    distrusted: 'Dieser Computer vertraut seinem Zertifikat nicht ({reason}).',
    other_key: 'Sein Zertifikat hat einen anderen Schlüssel als den, den sich dein Server gemerkt hat.',
    bad_certificate: 'Sein Zertifikat wurde nicht akzeptiert: {detail}',
    lookup_failed: '{host} lässt sich nicht auflösen: {detail}',
    port_open: 'Port {port} ist offen.',
    port_silent:
      'Port {port} hat nach {seconds} Sekunden nicht geantwortet. Vielleicht verwirft eine Firewall oder ein Router die Verbindung.',
    port_unreachable: 'Port {port} ist nicht erreichbar. {why}',
    status: 'Er antwortet mit einem Fehler.',
    status_says: 'Er antwortet mit einem Fehler: „{quote}“',
    no_answer: 'Er hat nicht geantwortet.',
  },
  certificate: {
    kind_self_signed: 'selbst signiert',
    kind_issued: 'ausgestellt von {issuer}',
    kind_unnamed: 'ausgestellt von einer ungenannten Zertifizierungsstelle',
    no_names: 'keinen Namen',
    valid_days: 'Es gilt noch {n, plural, one {# Tag} other {# Tage}}, bis zum {until, date, long}.',
    valid_hours: 'Es gilt noch {n, plural, one {# Stunde} other {# Stunden}}, bis zum {until, date, long}.',
    good: 'Das Zertifikat ist {kind} für {names}. {validity}',
    pinned: 'Das Zertifikat ist {kind} und hat den gemerkten Schlüssel. {validity}',
    pinned_expired:
      'Das Zertifikat ist {kind} und hat den gemerkten Schlüssel. Es ist am {until, date, long} abgelaufen. Das macht nichts, solange der Schlüssel gemerkt ist.',
    own_self_signed: 'Das Zertifikat ist selbst signiert. Peers merken sich seinen Schlüssel. {validity}',
    soon: '{text} Es hätte schon erneuert werden sollen.',
    expired: 'Das Zertifikat ({kind}) ist am {until, date, long} abgelaufen.',
    early: 'Das Zertifikat ({kind}) gilt erst ab dem {from, date, long}, {from, time, ::jmmz}.',
    other_name: 'Das Zertifikat ({kind}) ist für {names}, nicht für {host}.',
    self_signed: 'Das Zertifikat ist selbst signiert, und für diesen Peer ist kein Schlüssel gemerkt.',
    chain:
      'Beim Zertifikat ({kind}) fehlen die Zwischenzertifikate, die zu einer Zertifizierungsstelle führen, der dieser Computer vertraut.',
    distrusted: 'Dieser Computer vertraut dem Zertifikat nicht ({kind}; {reason}).',
    other_key: 'Das Zertifikat ({kind}) hat einen anderen Schlüssel als den für diesen Peer gemerkten.',

    fix_renew_pinned:
      'Bitte seinen Betreiber, es mit demselben Schlüssel zu erneuern: Server, die sich den Schlüssel nicht gemerkt haben, lehnen es ab.',
    fix_other_key:
      'Frag seinen Betreiber, zum Beispiel am Telefon, ob das Zertifikat ersetzt wurde. Wenn ja, wähle auf seiner Seite unter „Adresse“ „Neu abfragen“. Dann merkt sich dein Server den neuen Schlüssel. Wenn nicht, fängt vielleicht jemand die Verbindung ab.',
    fix_ask_why: 'Bitte seinen Betreiber herauszufinden, warum es nicht erneuert wird.',
    fix_own_why: 'Unter Server, Netzwerk steht, warum es nicht erneuert wird.',
    fix_expired: 'Wenn das Datum auf diesem Computer stimmt, bitte seinen Betreiber, es zu erneuern.',
    fix_early:
      'Prüfe zuerst die Uhr dieses Computers. Wenn sie stimmt, ging die Uhr des Betreibers falsch, als das Zertifikat erstellt wurde: Bitte um ein neues.',
    fix_other_name:
      'Prüfe die Adresse. Wenn sie stimmt, bitte seinen Betreiber, ein Zertifikat für {host} zu beschaffen oder den Proxy das richtige vorzeigen zu lassen.',
    fix_self_signed:
      'Wähle auf seiner Seite unter „Adresse“ „Neu abfragen“, damit sich dein Server den Schlüssel merkt, oder bitte seinen Betreiber um eine Einladung, die den Schlüssel enthält.',
    fix_chain: 'Bitte seinen Betreiber, die ganze Kette vorzuzeigen (fullchain.pem statt cert.pem).',
    fix_distrusted:
      'Sag seinem Betreiber Bescheid. Wenn das Zertifikat selbst signiert ist, bitte um eine Einladung, die seinen Schlüssel enthält.',
    fix_own_expired:
      'Wenn das Datum auf diesem Computer stimmt, erneuere es, oder wähle unter Server, Netzwerk einen anderen Weg zu einem Zertifikat.',
    fix_own_early:
      'Prüfe zuerst die Uhr dieses Computers. Wenn sie stimmt, beschaffe ein neues Zertifikat, oder wähle unter Server, Netzwerk einen anderen Weg dazu.',
    fix_own_other_name:
      'Beschaffe ein Zertifikat für {host}, oder stelle als öffentliche Adresse einen Namen ein, den es abdeckt.',
    fix_own_chain: 'Zeige die ganze Kette vor (fullchain.pem statt cert.pem).',
    fix_own_distrusted:
      'Peers, die seine Zertifizierungsstelle nicht kennen, lehnen es ab. Beschaffe eines von einer anderen Zertifizierungsstelle, oder wähle unter Server, Netzwerk einen anderen Weg dazu.',
  },
};
