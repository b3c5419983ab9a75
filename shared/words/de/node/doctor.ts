import type { doctor as english } from '../../en/node/doctor.ts';
import type { Translation } from '../../messages.ts';

export const doctor: Translation<typeof english> = {
  finding: {
    not_set_up_title: 'Noch kein Name',
    not_set_up: 'Dein Server hat noch keinen Namen. Richte ihn zuerst ein.',
    not_set_up_fix: 'Wähle einen Namen im Einrichtungsassistenten, oder führe aus: paracord-node setup NAME',
    identity_missing_title: 'Die Identität deines Servers fehlt',
    identity_missing_fix:
      'Stelle sie mit der Wiederherstellungsdatei wieder her, oder kopiere identity.json zurück, während dein Server gestoppt ist.',
    paused_title: 'Angehalten',
    paused:
      'Du hast die Föderation angehalten. Dein Server sendet und empfängt nichts, bis du sie fortsetzt. Peers behalten, was sie für dich haben.',
    paused_fix: 'Setze die Föderation fort, wenn du so weit bist.',
    key_expired_title: 'Der Signaturschlüssel ist abgelaufen',
    key_expired: 'Der Signaturschlüssel ist abgelaufen und wurde nicht automatisch erneuert.',
    key_expires_title: 'Der Signaturschlüssel läuft bald ab',
    key_expires:
      'Der Signaturschlüssel gilt noch {n, plural, one {# Tag} other {# Tage}} und wurde nicht automatisch erneuert.',
    key_fix: 'Wechsle die Schlüssel unter Server, Schlüssel und Backup.',
    dead_letters_title: 'Einige Ereignisse konnten nicht zugestellt werden',
    dead_letters:
      '{n, plural, one {# Ereignis konnte} other {# Ereignisse konnten}} nicht zugestellt werden und {n, plural, one {wartet} other {warten}} auf deine Entscheidung.',
    dead_letters_fix: 'Sende sie unter „Server“, „Zustellung“ noch einmal, oder verwirf sie.',
    no_recovery_title: 'Keine Wiederherstellungsdatei gespeichert',
    no_recovery:
      'Ohne Wiederherstellungsdatei ist der Name deines Servers für immer verloren, wenn die Festplatte ausfällt.',
    no_recovery_fix: 'Speichere die Wiederherstellungsdatei unter Server, Schlüssel und Backup.',
    old_recovery_title: 'Keine Wiederherstellungsdatei mit deinen neuen Freunden',
    old_recovery:
      '{n, plural, one {# Freund kam} other {# Freunde kamen}} dazu, seit die Wiederherstellungsdatei gespeichert wurde: {names}. Auf einem anderen Computer findet die Datei nur die von vorher.',
    old_recovery_fix: 'Speichere sie unter Server, Schlüssel und Backup noch einmal.',
    started_over_title: '{name} hat vielleicht neu angefangen',
    started_over:
      'Jemand hat deine Einladung als {name} beantwortet, mit einem Schlüssel, den dein Server nicht kennt. Noch hat sich nichts geändert.',
    started_over_fix: 'Frag deinen Freund, und entscheide dann unter Personen.',
    two_nodes_title: 'Ein anderer Computer gibt sich als dein Server aus',
    two_nodes:
      '{server} hat das Ereignis {event} gebracht. Es ist mit dem Schlüssel deines Servers signiert, aber dein Server hat es nicht geschrieben. Entweder läuft er ein zweites Mal mit einer Kopie des Datenordners, oder diese Festplatte wurde auf einen früheren Stand zurückgesetzt, oder jemand anderes hat deinen Schlüssel.',
    two_nodes_fix:
      'Suche den zweiten und beende einen von beiden. Wenn du einen Schnappschuss der Festplatte zurückgespielt hast, führe „recovery start“ aus. Trifft beides nicht zu, wechsle deinen Schlüssel.',
    two_texts_title: '{server} hat zwei Texte mit einer ID signiert',
    two_texts:
      'Beide haben die ID {event}. Manche Server im Raum haben das eine, manche das andere, also sehen dort nicht alle dasselbe.',
    two_texts_fix:
      'Dein Server behält das, das zuerst kam. Frag den Betreiber von {server}: Mit unveränderter Software geschieht das nur, wenn zwei Nodes seinen Schlüssel benutzen. War es Absicht, blockiere {server}.',
    damaged_title: 'Gespeicherte Ereignisse sind beschädigt',
    damaged:
      '{n, plural, one {# gespeichertes Ereignis ist nicht mehr das, was sein Server signiert hat, und kein Peer konnte es zurückgeben.} other {# gespeicherte Ereignisse sind nicht mehr das, was ihre Server signiert haben, und kein Peer konnte sie zurückgeben.}} Vielleicht versagt die Festplatte oder der Arbeitsspeicher.',
    damaged_fix:
      'Erstelle jetzt ein Backup auf eine andere Festplatte und prüf diese. Dein Server fragt die Peers bei seiner nächsten Prüfung wieder.',
    unconfirmed_title: 'Prüfe deine Vertrauensliste',
    unconfirmed:
      'Deine Vertrauensliste stammt aus einem Backup oder einer Wiederherstellungsdatei ({n, plural, one {# Server} other {# Server}}). Was du danach entschieden hast, ist weg.',
    unconfirmed_fix:
      'Sieh sie unter „Server“, „Schlüssel und Backup“ durch, oder mit „recovery“. Bestätige sie dann.',
    router_title: 'Der Router hat den Port nicht von selbst geöffnet',
    not_listening_title: 'Niemand kann sich mit deinem Server verbinden',
    not_listening_fix:
      'Beende das andere Programm, oder wähle unter Server, Netzwerk einen anderen Port. Dein Server versucht es automatisch wieder.',
    certificate_expired_title: 'Das Zertifikat ist abgelaufen',
    certificate_expired: 'Peers verweigern die Verbindung.',
    certificate_expired_fix: 'Erneuere es. Dein Server übernimmt das neue automatisch.',
    certificate_problem_title: 'Das Zertifikat braucht deine Aufmerksamkeit',
    stand_in_title: 'Das Zertifikat ist vorerst selbst signiert',
    proxy_title: 'Niemand kann sich verbinden, bis ein Proxy davorsteht',
    proxy:
      'TLS ist hier aus, und die öffentliche Adresse beginnt mit https. Bisher hat sich kein Peer über einen Proxy verbunden.',
    proxy_fix:
      'Stelle einen Proxy davor, der TLS übernimmt, oder wähle unter Server, Netzwerk ein Zertifikat.',
    port_title: 'Freunde nehmen noch den alten Port',
    port: 'Sie versuchen es unter {url}, und dein Server ist auf einem anderen Port.',
    port_fix:
      'Ändere die öffentliche Adresse unter Server, Netzwerk, oder leite diesen Port im Router auf den Port deines Servers weiter.',
    offline_title: 'Dieser Computer ist offline',
    offline: 'Dieser Computer hat keine Netzverbindung. Deine Nachrichten warten.',
    offline_fix: 'Prüfe sein Netz: Kabel, WLAN, Router. Was wartet, wird gesendet, sobald es zurück ist.',
    name_title: 'Die Adresse von {name} ist vielleicht veraltet',
    name_fix:
      'Dein Server versucht es jede Stunde erneut. Hast du ein anderes Token oder einen anderen Schlüssel, gib es unter Server, Netzwerk ein.',
    entrance_title: 'Zu Hause öffnet {url} deinen Server nicht',
    no_address_title: 'Keine öffentliche Adresse',
    no_address:
      'Von außerhalb deines Netzes können sich Freunde nicht mit deinem Server verbinden. Deshalb holt er ihre Nachrichten selbst ab.',
    no_address_fix: 'Stelle unter Server, Netzwerk die öffentliche Adresse ein, oder lass es so.',
    not_reachable_title: 'Freunde erreichen deinen Server nicht',
    not_reachable: '{by} hat {url} versucht und nicht erreicht. {why}',
    not_reachable_fix:
      'Prüfe die Portfreigabe im Router und die Firewall für diesen Port, und prüfe dann noch einmal.',

    peer_unreachable_title: '{name} ist nicht erreichbar',
    peer_unreachable_fix: 'Prüfe {name} Schritt für Schritt, oder sag seinem Betreiber Bescheid.',
    peer_certificate_title: 'Dein Server akzeptiert das Zertifikat von {name} nicht',
    peer_certificate:
      'Unter seiner Adresse antwortet etwas, aber nicht mit einem Zertifikat, das dein Server bei {name} akzeptiert. Deshalb schickt er nichts dorthin, und deine Nachrichten warten.',
    peer_silent_title: '{name} antwortet nicht',
    peer_silent_fix:
      'Wenn du das nicht erwartet hast, prüfe {name} Schritt für Schritt, oder frag seinen Betreiber, ob der Server läuft.',
    peer_refuses_title: '{name} lehnt deinen Server ab',
    peer_refuses_fix: 'Sein Betreiber muss deinen Server dort zulassen.',
    queue_unread_title: 'Was bei {name} für dich wartet, lässt sich nicht lesen',
    queue_unread: 'Dein Server hat {name} nach dem gefragt, was dort für ihn wartet. {why}',
    queue_unread_fix:
      'Nachrichten kommen hier vielleicht nicht an. Sag der Person Bescheid, die {name} betreibt. Dein Server versucht es weiter.',
    room_share_full_title: '{name} hat seinen Anteil an „{room}“ ausgeschöpft',
    room_share_full:
      '{name} hat {gigabytes} GB dieses Raums gesendet. Mehr speichert dein Server von einem einzelnen Server nicht. Was {name} sonst noch sendet, fehlt hier.',
    room_share_full_fix:
      'Begrenze, wie viel von dem Raum behalten wird. Wenn {name} dich mit Daten überschwemmt, blockiere den Server oder verlasse den Raum.',
    room_unread_title: '„{room}“ lässt sich nicht lesen',
    room_unread: 'Dein Server hat {name} nach dem Raum gefragt. {why}',
    room_unread_fix:
      'Nachrichten von dort kommen hier vielleicht nicht an. Prüfe {name} Schritt für Schritt, oder sag seinem Betreiber Bescheid.',
    peer_key_title: 'Der Schlüssel von {name} ist abgelaufen',
    peer_key_fix:
      'Frag seinen Betreiber, ob der Schlüssel noch in Gebrauch ist. Wenn ja, vertraue ihm auf der Seite des Peers weiter, oder führe aus: paracord-node peers extend-keys {server}',
    peer_clock_title: 'Die Uhr von {name} und die dieses Computers gehen verschieden',
    peer_clock:
      'Sie geht gegenüber der Uhr dieses Computers {side, select, ahead {vor} other {nach}}, mit einer Abweichung von {span}.',
    address_none_title: '{name} kennt noch eine Adresse deines Servers',
    address_none:
      'Dein Server kann ihm nicht mitteilen, dass es die Adresse nicht mehr gibt. Verloren geht nichts: Dein Server holt seine Ereignisse dort ab.',
    address_none_fix:
      'Wenn die Versuche dort stören, bitte seinen Betreiber, die Adresse deines Servers zu entfernen.',
    address_by_hand_title: '{name} kennt die neue Adresse deines Servers nicht',
    address_by_hand: 'Dein Server kann ihm seine neue Adresse nicht mitteilen.',
    address_by_hand_fix: 'Bitte seinen Betreiber, die Adresse deines Servers dort in {url} zu ändern.',
    address_untold_title: '{name} kennt die neue Adresse deines Servers noch nicht',
    address_untold:
      'Dein Server konnte ihm seine neue Adresse bisher nicht mitteilen. Er versucht es alle fünf Minuten, und sobald sich der Peer meldet.',
    address_untold_fix:
      'Wenn sich das nicht ändert, bitte seinen Betreiber, die Adresse deines Servers dort in {url} zu ändern.',
    peer_forgets_title: '{name} vergisst deinen Server vielleicht bald',
    peer_forgets:
      'Wenn der Admin dort deinen Server mit „discover“ hinzugefügt hat, läuft der Schlüssel deines Servers dort um den {at, date, long} ab. Danach lehnt er alles ab.',
    peer_forgets_fix:
      'Bitte den Admin, die Anfrage auf der Seite von {name} (oder aus „paracord-node peers show {server}“) einmal zu schicken. Dann merkt sich {name} den Schlüssel, und er läuft dort nie ab. Hat er das schon getan, ist nichts zu tun.',
    peer_updated_title: '{name} wurde aktualisiert',
    peer_updated:
      '{name} läuft jetzt mit Paracord 1.0 oder neuer, und dein Server spricht entsprechend mit ihm. Das geht jetzt: Er schickt neue Nachrichten von selbst, und niemand kann eine Anfrage weiterverwenden, die für ihn bestimmt war. Ab 3.0 sieht man dort auch, was deine Leute in seinen Gilden schreiben.',
    peer_went_back_title: '{name} ist zu einer älteren Version zurückgekehrt',
    peer_went_back:
      '{name} nimmt nur noch Anfragen an, die nicht sagen, für wen sie sind, wie Paracord vor 1.0. Eine solche Anfrage könnte er an einen anderen Server weitergeben.',
    peer_went_back_fix: 'Frag den Betreiber von {name}, ob die ältere Version Absicht ist.',
    held_title: 'Nachrichten von {name} warten auf deine Freigabe',
    held: '{n, plural, one {# Nachricht von {name} wartet} other {# Nachrichten von {name} warten}}, bis du entscheidest.',
    held_fix: 'Gib sie auf der Seite von {name} frei, oder verwirf sie.',
  },
  health: {
    unanswered: '{name} antwortet nicht. Deine Nachrichten warten.',
    unreachable:
      '{n, plural, one {# Server antwortet} other {# Server antworten}} nicht. Deine Nachrichten warten.',
    refuses: '{n, plural, one {# Server lehnt} other {# Server lehnen}} ab, was deiner sendet.',
    certificate:
      '{n, plural, one {Dein Server akzeptiert das Zertifikat von {name} nicht} other {Dein Server akzeptiert die Zertifikate von # Servern nicht}}. Deine Nachrichten warten.',
    key_expired:
      '{n, plural, one {Der Schlüssel von # Server ist} other {Die Schlüssel von # Servern sind}} abgelaufen.',
    held: '{n, plural, one {Nachrichten von {name} warten} other {Nachrichten von # Servern warten}} auf deine Freigabe.',
    connected: 'Mit {n, plural, one {# Server} other {# Servern}} verbunden.',
    silent: '{n, plural, one {# Server antwortet} other {# Server antworten}} nicht.',
    waiting:
      'Dein Server läuft. {n, plural, one {# anderer Server hat} other {# andere Server haben}} sich noch nicht gemeldet.',
    no_peers: 'Dein Server läuft. Lade jemanden ein, um loszulegen.',
    none_connected: 'Dein Server läuft. Kein anderer Server ist verbunden.',
  },
  check: {
    aborted: 'Die Prüfung konnte nicht beendet werden: {detail}',
    aborted_fix:
      'Prüfe noch einmal. Wenn es wieder geschieht, ist es ein Fehler in Paracord Node: Melde ihn mit dem Text oben.',
    earlier_failed: 'Nicht geprüft: Ein früherer Schritt ist fehlgeschlagen.',
    no_address: 'Nicht geprüft: Von ihm ist keine Adresse bekannt.',
    no_address_fix:
      'Trag auf seiner Seite unter „Adresse“ seine Adresse ein, oder führe aus: paracord-node peers add ADDRESS. Wenn er keine hat, ist nichts zu tun: Er holt seine Nachrichten selbst ab.',
    is_address: '{host} ist eine IP-Adresse. Dafür braucht es keinen Namen.',
    name_found: 'Der Name {host} lässt sich auflösen.',
    plain_http:
      'Nicht geprüft: Seine Adresse ist unverschlüsseltes HTTP, das kein Zertifikat hat. Verwende das nur für Tests und in Netzen, die von sich aus sicher sind.',
    no_answer: '{url} ließ sich nicht lesen. {why}',
    other_server: 'Er sagt, er sei {found}, nicht {name}.',
    other_domain:
      'Er sagt, seine Domain sei {found}, aber {name} wurde mit {domain} hinzugefügt. Wenn sein Betreiber sie wirklich geändert hat, füge den Peer noch einmal hinzu.',
    same_server: 'Er sagt, er sei {name}.',
    hides_page:
      'Nicht geprüft: Er verbirgt seine Seite (allow_discovery ist dort aus). Seine Schlüssel zeigen, dass er föderiert.',
    federation_off: 'Er sagt, seine Föderation sei ausgeschaltet.',
    federation_off_fix: 'Sein Betreiber muss sie einschalten.',
    other_key: 'Der Schlüssel {key} ist ein anderer als der gemerkte.',
    keys_match:
      '{n, plural, one {Er veröffentlicht # Schlüssel, der zu den gemerkten passt.} other {Er veröffentlicht # Schlüssel, die zu den gemerkten passen.}}',
    knows_us:
      'Er kennt deinen Server und nimmt seine Signatur an. Wenn trotzdem keine Nachrichten ankommen, bitte seinen Betreiber, dieselbe Prüfung für deinen Server laufen zu lassen.',
    clocks_disagree: 'Er lehnt die Signatur deines Servers ab, weil die Uhren nicht übereinstimmen. {text}',
    no_reading: 'Er lässt deinen Server nicht lesen. {why}',

    fix_name:
      'Prüfe die Schreibweise des Hostnamens. Wenn sie stimmt, sollte sein Betreiber den DNS-Eintrag prüfen.',
    fix_address: 'Bitte seinen Betreiber um eine Adresse, die zum Server führt.',
    fix_tcp: 'Frag seinen Betreiber, ob der Server läuft und ob Router und Firewall diesen Port durchlassen.',
    fix_tls:
      'Frag seinen Betreiber, ob TLS an diesem Port eingeschaltet ist. Vielleicht antwortet dort ein Proxy oder ein anderes Programm.',
    fix_well_known:
      'Unter dieser Adresse antwortet etwas, aber nicht dein Server. Vielleicht führt sein Proxy woandershin, oder die Adresse gehört einem anderen Server.',
    fix_keys:
      'Frag seinen Betreiber, ob der Proxy alles unterhalb von /_paracord/federation/ weitergibt, und prüfe dann noch einmal.',
    fix_clock:
      'Schalte auf beiden Computern „Uhrzeit automatisch einstellen“ ein, und prüfe dann noch einmal.',
    fix_signed_read:
      'Dein Server ist dort noch nicht hinzugefügt, oder er ist blockiert. Schick dem Betreiber deine Adresse.',
    fix_addressed:
      'Er kennt deinen Server nicht, vertraut seinem Schlüssel nicht mehr oder heißt anders als {as}. Bitte den Admin dort, die Anfrage auf seiner Seite (oder aus „paracord-node peers show {name}“) zu schicken. Sein Protokoll nennt den Grund: destination binding mismatch, not trusted oder key not registered or expired.',
    fix_key_ended:
      'Er kannte deinen Server vorher. Wenn der Admin dort deinen Server mit „discover“ hinzugefügt hat, galt das 30 Tage. Bitte ihn, die Anfrage auf seiner Seite (oder aus „paracord-node peers show {name}“) einmal zu schicken. Dann bleibt es dabei.',
    fix_later:
      'Prüfe später noch einmal. Wenn sich nichts ändert, sollte sein Betreiber ins Protokoll des Servers sehen.',
    fix_key_changed:
      'Sein Schlüssel hat sich ohne Ankündigung geändert. Frag seinen Betreiber, zum Beispiel am Telefon. Nur wenn er neu angefangen hat: Vergiss den Peer, und füge ihn noch einmal hinzu.',

    leads_nowhere: '{host} hat keine Adresse.',
    leads_nowhere_fix: 'Sein Betreiber sollte den DNS-Eintrag prüfen (A, oder AAAA für IPv6).',
    address_kind:
      '{address} ({kind, select, none {damit kann sich niemand verbinden} loopback {dieser Computer} shared {eine geteilte Adresse, wie Anbieter und VPNs sie verwenden} private {eine private Adresse} other {eine öffentliche Adresse}})',
    address_is: 'Seine Adresse ist {list}.',
    leads_to: '{host} führt zu {list}.',
    private_theirs:
      '{text} Dein Server benutzt sie nicht: Nur du kannst eine solche Adresse eintragen, und diese kam vom Peer.',
    private_theirs_fix:
      'Wenn sie in deinem eigenen Netz liegt, trag sie selbst ein: auf seiner Seite unter „Adresse“, oder mit paracord-node peers add ADDRESS.',
    private_ours:
      '{text} Sie funktioniert nur {where, select, here {auf diesem Computer} other {in diesem Netz}}.',
  },
  self: {
    no_name: 'Dein Server hat noch keinen Namen.',
    identity: 'Dein Server ist {name} und hat einen Signaturschlüssel.',
    clock_unknown: 'Nicht geprüft: Noch kein Peer hat seine Zeit gemeldet.',
    clock_ok: 'Die Uhr dieses Computers stimmt mit den Uhren der Peers überein.',
    no_public_address:
      'Nicht geprüft: Es gibt keine öffentliche Adresse, also können sich Freunde nicht mit deinem Server verbinden.',
    nobody_asked: 'Nicht geprüft: Gerade kann es kein Server eines Freundes versuchen.',
    reached: '{by} hat es versucht und deinen Server erreicht.',
    not_reached: '{by} hat es versucht und deinen Server nicht erreicht. {why}',
    not_reached_fix:
      'Prüfe, ob Port {port} von {host} hierher führt: Prüfe die Portfreigabe im Router, die Firewall und den Proxy.',
    is_address: '{host} ist eine IP-Adresse.',
    name_leads: '{host} führt zu {list}.',
    name_fix:
      'Leg dort, wo du die Domain verwaltest, für {host} einen A-Eintrag (oder AAAA für IPv6) mit der öffentlichen Adresse dieses Netzes an.',
    no_listener: 'Nicht geprüft: Kein Port ist offen.',
    from_here: '{text} Von diesem Computer aus geprüft.',
    listener_fix:
      'Starte deinen Server neu. Wenn das nicht hilft, wähle unter Server, Netzwerk einen anderen Port.',
    no_tls: 'Nicht geprüft: TLS ist hier aus, also muss ein Proxy davor das Zertifikat vorzeigen.',
    tls_fix: 'Wähle unter Server, Netzwerk einen anderen Weg zu einem Zertifikat.',
    refused_certificate: '{url} zeigt ein Zertifikat vor, das Peers ablehnen. {why}',
    refused_tls_fix:
      'Wenn ein Proxy davor dieses Zertifikat vorzeigt, schalte TLS unter Server, Netzwerk aus (oder starte mit --tls off), oder lass den Proxy TLS durchreichen. Wenn es keinen Proxy gibt, führt die Adresse zu einem anderen Server.',
    refused_proxy_fix:
      'Lass den Proxy ein Zertifikat für {host} von einer Zertifizierungsstelle vorzeigen, der Computer vertrauen.',
    not_tested: 'Nicht geprüft. {why}',
    cannot_tell:
      'Das lässt sich von hier aus nicht prüfen. {why} Über viele Router erreicht ein Computer seine eigene öffentliche Adresse nicht. Der Server eines Freundes kann es sagen.',
    answers: '{url} antwortet als {name}.',
    answers_other: '{url} antwortet als {name}, nicht als dein Server.',
    answers_other_fix:
      'Die Adresse, der Router oder der Proxy führt zu einem anderen Server. Berichtige das.',
    answers_else_fix: 'Unter dieser Adresse antwortet etwas anderes. Prüfe den Proxy und seine Pfade.',
  },
};
