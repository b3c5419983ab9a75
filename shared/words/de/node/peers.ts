import type { peers as english } from '../../en/node/peers.ts';
import type { Translation } from '../../messages.ts';

export const peers: Translation<typeof english> = {
  peer: {
    blocked: 'Du hast ihn blockiert{why}. Dein Server sendet ihm nichts und nimmt nichts von ihm an.',
    quarantined:
      'Du hast ihn unter Quarantäne gestellt{why}. Was er sendet, wird bis zu deiner Entscheidung zurückgehalten.',
    no_peer: 'Kein Peer. Du hast ihn nicht zugelassen.',
    known_through: 'Kein Peer. Dein Server kennt ihn durch {server}.',
    because: ' ({reason})',
    no_reason: '',
    refuses: 'Er lehnt ab, was dein Server sendet.',
    silent: 'Keine Antwort.',
    one_way: 'Er erreicht deinen Server, aber dein Server erreicht ihn nicht.',
    not_answered: 'Er hat seit {span} nicht geantwortet.',
    not_answered_since: 'Er hat seit {span} nicht geantwortet. Letzter Kontakt vor {last}.',
    not_heard:
      'Du hast ihn hinzugefügt, aber dein Server hat noch nichts von ihm gehört. Sein Betreiber muss deinen Server auch hinzufügen.',
    not_added:
      'Du hast ihn hinzugefügt, aber sein Betreiber hat deinen Server noch nicht hinzugefügt oder hat ihn blockiert.',
    addressed_refused:
      'Er kennt deinen Server nicht, vertraut seinem Schlüssel nicht mehr oder heißt anders als {name}. Bitte den Admin dort, die Anfrage zu schicken, die hier auf seiner Seite steht; sein Protokoll nennt den Grund.',
    key_ended_there:
      'Er kannte deinen Server und lehnt ihn jetzt ab. Wenn der Admin dort deinen Server mit „discover“ hinzugefügt hat, galt das 30 Tage. Bitte ihn, die Anfrage, die hier auf seiner Seite steht, einmal zu schicken. Dann bleibt es dabei.',
    no_longer_accepts: 'Er nimmt deinen Server nicht mehr an. Sein Betreiber muss ihn dort zulassen.',
    last_contact: 'Letzter Kontakt vor {span}.',
    waits_until_asked:
      'Er ist von hier aus nicht erreichbar. Was auf ihn wartet, wird aufbewahrt, bis er es abholt.',
    we_refuse_clock:
      'Dein Server lehnt ab, was er sendet: Seine Uhr geht gegenüber der Uhr dieses Computers {side, select, ahead {vor} other {nach}}, mit einer Abweichung von {span}.',
    connected: 'Verbunden.',
    connected_fetches:
      'Verbunden. Er holt seine Nachrichten bei deinem Server ab. Das kann ein paar Sekunden dauern.',
    paused: 'Die Föderation ist angehalten. Deshalb nimmt dein Server keinen Kontakt zu ihm auf.',
    asks_again: 'Dein Server versucht im Abstand von {span}, ihn zu erreichen.',
    many_invites:
      '{server} will mehr als {max} Raumeinladungen schicken. Nimm einige an oder lehne sie ab, dann kommen weitere. Wenn du keine willst, blockiere {server}.',
    queue_unread: 'Was dort für dich wartet, lässt sich nicht lesen. {why}',
    room_unread: '„{room}“ lässt sich nicht lesen. {why}',

    refused_allow_first:
      'Du hast {server} blockiert oder unter Quarantäne gestellt. Lass ihn zuerst auf seiner Seite zu, oder führe aus: paracord-node peers allow {server}',
    listing_unread:
      '{server} hat nicht gesagt, was in seinem Verzeichnis steht. Vielleicht ist der Server offline oder zu alt dafür. Versuche es später erneut.',
    refused_add_first:
      '{server} ist kein Peer, dem du vertraust. Füge ihn zuerst als Peer hinzu, oder schick seinem Betreiber eine Einladung.',
    refused_no_address:
      '{server} ist ein Peer, aber dein Server kennt seine Adresse nicht und kann ihn nicht erreichen. Ein Paracord Node meldet seine Adresse, sobald er eine hat: Bitte seinen Betreiber, unter Server, Netzwerk eine öffentliche Adresse einzustellen. Oder trag sie selbst auf der Seite von {server} unter „Adresse“ ein.',
    fix_certificate:
      'Frag seinen Betreiber, ob das Zertifikat ersetzt wurde. Wenn ja, wähle auf seiner Seite unter „Adresse“ „Neu abfragen“. Dann merkt sich dein Server den neuen Schlüssel.',
    fix_address_taken:
      'Unter seiner Adresse ist jetzt {server}. Wenn das dieselbe Person ist, die neu angefangen hat, vergiss diesen Server.',
    fix_retry: 'Versuch es noch einmal, wenn er wieder da ist.',

    key_expired:
      'Sein Schlüssel ist am {at, date, long} abgelaufen. Deshalb nimmt dein Server nichts von ihm an. {next}',
    key_checking: 'Dein Server prüft gerade, ob der Schlüssel noch in Gebrauch ist.',
    key_off:
      'Das Verlängern von Schlüsseln ist in deinen Einstellungen ausgeschaltet. Wenn sein Betreiber sagt, dass der Schlüssel noch in Gebrauch ist, verlängere ihn auf der Seite des Peers unter „Schlüssel“, oder schalte die Einstellung ein.',
    key_no_address:
      'Von ihm ist keine Adresse bekannt. Deshalb kann dein Server nicht prüfen, ob der Schlüssel noch in Gebrauch ist. Trag seine Adresse ein, oder bitte seinen Betreiber, den Schlüssel zu erneuern.',
    key_open_line:
      'Dein Server erreicht ihn über unverschlüsseltes HTTP, wo jeder unterwegs an seiner Stelle antworten könnte. Deshalb verlängert er den Schlüssel nicht automatisch. Wenn sein Betreiber sagt, dass der Schlüssel noch in Gebrauch ist, verlängere ihn auf der Seite des Peers unter „Schlüssel“.',
    key_no_answer:
      'Dein Server konnte den Schlüssel unter seiner Adresse nicht lesen und weiß deshalb nicht, ob er noch in Gebrauch ist. Er versucht es alle 10 Minuten wieder.',
    key_not_served:
      'Unter seiner Adresse gibt es diesen Schlüssel nicht mehr. Frag seinen Betreiber, welchen Schlüssel er jetzt verwendet, und wähle dann auf seiner Seite unter „Adresse“ „Neu abfragen“.',

    own_name: '{server} ist dein Server selbst.',
    own_address: 'Diese Adresse führt zu deinem Server selbst.',
    other_there: 'Der Server unter dieser Adresse ist {found}, nicht {name}. Nichts wurde hinzugefügt.',
    key_not_there:
      '{server} veröffentlicht den angegebenen Schlüssel nicht. Nichts wurde hinzugefügt. Frag seinen Betreiber nach dem Schlüssel und dessen ID.',
    hides_page:
      'Ein Server unter {url} föderiert, verbirgt aber seine Seite (allow_discovery ist dort aus). Seine Schlüssel sind die von {server}. Wenn du deinen Server meinst, gib auch den Namen an: unter „Er verbirgt seine Seite“ in der Konsole oder mit paracord-node peers add {url} --name {server}',
    no_keys: '{server} veröffentlicht keine Schlüssel. Deshalb lässt sich nichts prüfen, was er sagt.',
    name_taken:
      '{server} sagt, seine Domain sei {domain}, aber {other} verwendet schon einen dieser Namen. Nichts wurde hinzugefügt. Wenn {other} ihn nicht verwenden sollte, vergiss zuerst {other}.',
    not_found:
      '{server} wurde nicht gefunden. {why} Wenn er unter einer anderen Adresse zu finden ist, gib diese ein.',
    address_needed: 'Gib eine Adresse wie https://chat.example:8448 oder einen Servernamen ein.',
    past: 'Das Ende muss in der Zukunft liegen.',
    keys_where: 'Dein Server kennt keine Adresse, unter der er {server} nach seinen Schlüsseln fragen kann.',
    keys_gone:
      'Bei {server} gibt es den abgelaufenen Schlüssel nicht mehr. Deshalb wurde nichts verlängert. Frag seinen Betreiber, welchen Schlüssel er jetzt verwendet, und wähle dann auf seiner Seite unter „Adresse“ „Neu abfragen“.',
    unknown: '{server} ist hier nicht bekannt. Die Liste der Peers zeigt, welche Server es sind.',

    home_differs:
      '{home} bürgte für einen anderen Schlüssel mit der ID {key}, als {server} selbst hat. Nachrichten von {server} in Räumen von {home} können gefälscht sein.',
    homes_differ:
      '{home} und {other} bürgen für verschiedene Schlüssel von {server} mit der ID {key}. Einer davon ist falsch. In den eigenen Räumen wird jedem geglaubt.',
    home_changed: '{home} bürgt jetzt für einen anderen Schlüssel von {server} mit der ID {key} als zuvor.',
    key_differs:
      '{server} zeigt jetzt einen anderen Schlüssel mit der ID {key} vor. Der gemerkte Schlüssel wurde behalten. Frag seinen Betreiber, bevor du dem neuen vertraust.',
    keys_unread: 'Die Schlüssel von {server} ließen sich nicht lesen. {why}',
    key_expired_now:
      'Schlüssel {key} von {server} ist abgelaufen. Der Betreiber des Peers kann ihn erneuern, oder du vertraust ihm weiter.',
    key_expired_then: 'Schlüssel {key} von {server} war abgelaufen, als dieses Ereignis geschrieben wurde.',
    keys_unavailable:
      'Die Schlüssel von {server} sind hier nicht bekannt, und {home} lässt sich gerade nicht fragen.',
    key_unknown: 'Schlüssel {key} von {server} ist hier nicht bekannt.',

    address_bad: '„{typed}“ ist keine Adresse. Gib etwas wie https://chat.example:8448 ein.',
    address_scheme:
      '{scheme}// wird nicht unterstützt. Verwende https:// (oder http:// hinter deinem eigenen Proxy und für Tests).',
    address_user: 'Eine Adresse darf weder Benutzernamen noch Passwort enthalten.',
    address_path:
      'Die Adresse enthält den Pfad {path}. Gib nur den Host ein: Signaturen gelten auch für den Pfad, deshalb darf ein Proxy kein Präfix hinzufügen.',
    endpoint_bad: 'Der Server gibt „{declared}“ als seinen Endpunkt an. Das ist keine Adresse.',
    endpoint_scheme: 'Der Server gibt einen Endpunkt über {scheme}// an, aber nur https:// wird unterstützt.',

    none_pinned: 'Der Server unter {url} hat keinen der Schlüssel, die für {server} gemerkt sind.',
    prove_reach_fix:
      '{why} Nichts wurde geändert. Frag seinen Betreiber, ob die Adresse stimmt und der Server läuft.',
    prove_other:
      'Der Server unter {url} ist {found}, nicht {server}. Nichts wurde geändert. Prüfe die Adresse mit dem Betreiber von {server}.',
    prove_key_fix:
      '{why} Nichts wurde geändert. Frag den Betreiber von {server}. Wenn er mit einem neuen Schlüssel neu angefangen hat, vergiss {server} und füge ihn noch einmal hinzu.',
    prove_certificate:
      'Das Zertifikat unter {url} hat einen anderen Schlüssel als den für {server} gemerkten. Nichts wurde geändert. Frag seinen Betreiber, zum Beispiel am Telefon. Wenn er ein neues Zertifikat hat, frag den Server unter dieser Adresse neu ab: paracord-node peers add {url}',
    federation_off: '{server} sagt, seine Föderation sei ausgeschaltet.',
    other_keys: '{url} zeigt die Schlüssel von {found} vor, nicht die von {server}.',
    call_aborted: 'Die Verbindung mit {url} wurde abgebrochen.',
    call_failed: '{url} ist nicht erreichbar. {why}',
    call_status: '{url} antwortet mit einem Fehler.',
    call_not_found:
      '{url} antwortet nicht wie ein Paracord-Server. Gibt es dort einen, und ist seine Föderation eingeschaltet?',
    call_garbled: '{url} antwortet nicht wie ein Paracord-Server. {why}',
    asks_page: 'Er antwortet mit einer Webseite statt mit Ereignissen.',
    asks_status: 'Er antwortet mit einem Fehler statt mit Ereignissen.',
    asks_garbled: 'Er antwortet mit etwas anderem als einer Liste von Ereignissen.',
    asks_endless: 'Er verspricht immer mehr, schickt aber nichts, was dein Server gebrauchen kann.',
    asks_refused: 'Er lässt deinen Server den Raum nicht lesen.',
    asks_no_address: 'Er ist von hier aus nicht erreichbar.',
    started_over:
      'Jemand beantwortet deine Einladung als {server}, mit einem anderen Schlüssel. Sieh unter Personen nach.',
    opened_invite: '{name} hat deine Einladung angenommen. Ihr seid verbunden.',
    event_conflict:
      '{server} hat ein anderes Ereignis mit der ID {event} gesendet. Dein Server hat das erste behalten.',
  },
  pairing: {
    link_asks: 'Dieser Link bittet dich um eine Einladung. Erstelle eine und schick sie zurück.',
    link_foreign: 'Das ist kein Einladungslink. Füge die ganze Nachricht ein, die du bekommen hast.',
    link_cut:
      'Dieser Einladungslink ist unvollständig, oder es wurde etwas hinzugefügt. Kopiere den ganzen Link noch einmal und nichts anderes.',
    link_newer:
      'Diese Einladung stammt von einer neueren Version von Paracord Node. Aktualisiere deinen Server und öffne den Link dann noch einmal.',
    link_expired: 'Diese Einladung von {server} ist abgelaufen. Bitte um eine neue.',
    link_endless:
      'Diese Einladung von {server} soll länger als {days} Tage gelten, was nicht erlaubt ist. Prüfe das Datum dieses Computers. Wenn es stimmt, bitte um eine neue Einladung.',
    link_address:
      'Die Adresse in dieser Einladung von {server} ist unbrauchbar. Sag deinem Freund, er soll die öffentliche Adresse korrigieren und eine neue Einladung schicken.',
    link_damaged:
      'In diesem Einladungslink wurde ein Zeichen geändert. Kopiere den ganzen Link noch einmal, oder bitte um einen neuen.',
    link_not_the_inviter:
      'Der Server unter {host} hat diese Einladung nicht erstellt: Er hat den Schlüssel aus dem Link nicht. Ihm wurde nichts geschickt. Frag nach, ob die Adresse stimmt, und bitte um eine neue Einladung.',
    link_used:
      'Diese Einladung von {server} wurde schon verwendet. Eine Einladung gilt nur einmal. Bitte um eine neue.',
    link_used_peer: 'Diese Einladung wurde schon benutzt, und du bist mit {server} verbunden.',
    link_revoked: '{server} hat diese Einladung zurückgezogen. Bitte um eine neue.',
    link_unknown:
      'Der Server unter {host} kennt diese Einladung nicht. Vielleicht stammt sie von einem anderen Server oder aus der Zeit, bevor er neu eingerichtet wurde. Bitte um eine neue.',
    link_unreachable:
      'Der Server, der diese Einladung erstellt hat, ist unter {host} gerade nicht erreichbar. {why} Versuch es später noch einmal, oder frag nach, ob er läuft.',
    link_unreachable_home:
      'Diese Einladung funktioniert nur in dem Heimnetz, in dem sie erstellt wurde, und der Server dort, {host}, ist von hier aus nicht erreichbar. {why} Öffne den Link in diesem Netz, oder bitte um eine Einladung für „Woanders“.',
    link_busy:
      'Der Server, der diese Einladung erstellt hat, antwortete unter {host} mit Status {status}. Versuch es in einer Minute noch einmal.',
    own: 'Das ist eine Einladung von deinem Server. Schick sie einem Freund.',
    none_waiting: 'Es wartet keine angenommene Einladung von {server}.',
    you_gave_up: 'Du hast das Warten auf {server} aufgegeben.',
    forgotten: '{server} wurde vergessen und seine Einladung aufgegeben.',
    blocked:
      'Du hast {server} inzwischen blockiert oder unter Quarantäne gestellt. Seine Einladung wurde aufgegeben.',
    rival:
      'Eine andere Einladung von {server} mit einem anderen Schlüssel wartet schon. Nichts wurde geändert. Vergleiche beide mit seinem Betreiber. Wenn diese stimmt, gib zuerst die andere auf.',
    replaced: 'Eine andere Einladung von {server} wurde geöffnet.',
    connected_late: '{server} ist jetzt verbunden. Er hatte auf deinen Server gewartet.',
    no_invites: '{server} unterstützt keine Einladungen. Sein Admin muss deinen Server von Hand hinzufügen.',
    came_to_nothing: 'Die Einladung von {server} ist gescheitert. {why}',
    state_connected: 'Verbunden: {server} und dein Server vertrauen einander.',
    state_joined: 'Verbunden: {server} und dein Server vertrauen einander. Du bist in „{room}“.',
    state_joining:
      'Verbunden: {server} und dein Server vertrauen einander. Du kommst in „{room}“, sobald {server} antwortet.',
    state_not_joined:
      'Verbunden: {server} und dein Server vertrauen einander. In „{room}“ kamst du aber nicht. {why}',
    joined_late: 'Du bist jetzt in „{room}“ von {server}.',
    not_joined: 'Du kamst nicht in „{room}“ von {server}. {why}',
    state_waiting:
      'Wartet auf {server}, der gerade nicht antwortet. Dein Server versucht es weiter, bis die Einladung abläuft.',
    state_asked:
      '{server} kennt deinen Server mit einem früheren Schlüssel und fragt jetzt nach: „Als dieselbe Person zulassen?“ Dein Server versucht es weiter, bis die Einladung abläuft.',
    state_kept:
      'Die Einladung ließ sich noch nicht prüfen. Dein Server versucht es {days} Tage lang weiter und nimmt sie an, sobald {host} antwortet. Er nimmt nur den Server mit dem Schlüssel aus dem Link an: {fingerprint}',
    kept_unreachable: '{host} ist gerade nicht erreichbar. {why} Dein Server versucht es weiter.',
    kept_expired:
      'Die Einladung von {host} ließ sich {days} Tage lang nicht prüfen. Dein Server versucht es nicht länger. Bitte um einen neuen Link.',
    state_their_turn:
      '{server} ist hier vertraut, unterstützt aber keine Einladungen. Sein Admin muss deinen Server von Hand hinzufügen.',
    other_there:
      'Der Server unter der Adresse in dieser Einladung ist {found}, nicht {server}. Nichts wurde geändert.',
    moved:
      '{server} gibt jetzt eine andere Adresse an als diese Einladung. Nichts wurde geändert. Bitte um eine neue Einladung.',
    key_differs:
      '{server} zeigt den Schlüssel nicht vor, der diese Einladung signiert hat. Nichts wurde geändert. Frag seinen Betreiber, ob der Schlüssel ersetzt wurde, und bitte um eine neue Einladung.',
    certificate_differs:
      'Das Zertifikat unter der Adresse von {server} ist nicht das in der Einladung. Nichts wurde geändert. Bitte seinen Betreiber um eine neue Einladung.',
    unreachable: '{server} ist nicht erreichbar. {why}',
    busy: '{server} kann die Anfrage gerade nicht bearbeiten.',
    refuses: '{server} lehnt die Einladung ab. {why}',
    name_taken: '{other} verwendet schon einen der Namen in dieser Einladung.',
    allow_first:
      'Du hast {server} blockiert oder unter Quarantäne gestellt. Lass ihn zuerst zu, und öffne die Einladung dann noch einmal.',
    known_key:
      '{server} ist hier mit einem anderen Schlüssel bekannt als dem, der diese Einladung signiert hat. Wenn sein Betreiber sagt, dass er neu angefangen hat, lass ihn als denselben Server zu.',
    expiry: 'Eine Einladung kann 10 Minuten bis 30 Tage gültig sein.',
    no_address:
      'Von außen ist dieser Computer noch nicht erreichbar. Richte das unter Server, Netzwerk ein, oder lass dich einladen.',
    no_home_address:
      'Dieser Computer hat keine Adresse in einem Heimnetz. Verbinde ihn mit deinem Router, oder lade von außen ein.',
    spent: 'Diese Einladung wurde schon zurückgezogen.',
    no_claim: 'Mit dieser Einladung wartet kein Server darauf, zugelassen zu werden.',
    unknown: 'Es gibt keine Einladung mit dieser ID.',
    peer_other_user: '{user} gehört nicht zu {server}.',
    peer_own_name: 'Dieser Name gehört diesem Server.',
    peer_name_taken: '{other} verwendet hier schon einen dieser Namen.',
    peer_standing: '{server} ist hier {standing, select, blocked {blockiert} other {unter Quarantäne}}.',
    peer_known_key:
      '{server} ist hier mit einem anderen Schlüssel bekannt. Wenn du neu installiert hast, bitte den Betreiber hier, bei {server} „Vergessen“ zu wählen, und versuch es dann noch einmal.',
    peer_unusable: 'Diese Einladung lässt sich nicht verwenden. Bitte um eine neue.',
    peer_no_invite: 'Dieser Server hat keine solche Einladung.',
  },
};
