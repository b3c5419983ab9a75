import type { rooms as english } from '../../en/node/rooms.ts';
import type { Translation } from '../../messages.ts';

export const rooms: Translation<typeof english> = {
  direct: {
    only_two:
      'Dieser Chat ist zwischen zwei Personen. Erstelle einen Raum, um auch mit anderen zu schreiben.',
    stays:
      'Dieser Chat ist zwischen zwei Personen. Niemand entscheidet darin, deshalb kann er nicht umbenannt, geändert oder gelöscht werden.',
    not_yourself: 'Du kannst keinen Chat mit dir selbst beginnen.',
    guest:
      '{user} ist Gast und nur in den Räumen des eigenen Links, deshalb kann niemand dort einen Chat beginnen.',
  },
  room: {
    no_users: '{server} hat noch keine Benutzer. Füge zuerst einen hinzu.',
    no_user_as: '{user} ist kein Benutzer dieses Servers. Nenne einen seiner Benutzer.',
    unknown: 'Der Raum {room} ist hier nicht bekannt. Die Liste der Räume zeigt, welche es sind.',
    not_home: 'Das geht nur auf {home}, wo der Raum {room} zu Hause ist.',
    removed_invite:
      '{home} hat {user} aus dem Raum {room} entfernt. {user} kann dort nichts mehr schreiben. Nur eine Einladung lässt {user} wieder hinein.',
    removed_ask:
      '{home} hat {user} aus dem Raum {room} entfernt. {user} kann dort nichts mehr schreiben. Tritt dem Raum noch einmal bei, um zu fragen, ob {home} {user} wieder hineinlässt.',
    banned_there:
      '{home} hat {user} aus dem Raum {room} ausgeschlossen. {user} kann dort nichts mehr schreiben und nicht zurückkommen.',
    not_in: '{user} ist nicht im Raum {room}. Tritt ihm zuerst bei.',
    not_owner: 'Das darf nur der Besitzer des Raums {room}, und das ist {user} nicht.',
    not_moderator:
      'Das dürfen nur Besitzer und Moderatoren des Raums {room}, und {user} ist keins von beiden.',
    moderates_too: '{user} besitzt oder moderiert diesen Raum. Das darf nur der Besitzer.',
    owns_already: '{user} besitzt diesen Raum.',
    may_not_moderate: '{user} ist hier ein Kind oder Gast und kann deshalb nicht moderieren.',
    channel_exists: 'Der Raum hat schon einen Kanal {name}.',
    already_in: '{user} ist schon im Raum.',
    listed_invite_only:
      'Im Verzeichnis stehen nur Räume, denen alle auf Servern beitreten können, denen du vertraust. Ändere zuerst, wer „{room}“ beitreten kann.',
    listed_too_many:
      'Höchstens {max} Konten und {max} Räume können im Verzeichnis stehen. Nimm zuerst eines heraus.',
    no_user_there: 'Auf {server} gibt es {user} nicht. Prüfe die Schreibweise.',
    no_user: 'Auf diesem Server gibt es keinen Benutzer {user}.',
    user_removed: '{user} wurde von diesem Server entfernt.',
    not_here: 'Auf diesem Server gibt es keinen Raum {room}.',
    many_users:
      'In diesem Raum waren schon {max, number} Benutzer von {server}. Mehr lässt dieser Server von einem einzelnen Server nicht herein.',
    banned: '{user} ist aus diesem Raum ausgeschlossen. Nur Besitzer und Moderatoren können das aufheben.',
    not_banned: '{user} ist nicht aus diesem Raum ausgeschlossen.',
    needs_invite: '{user} wurde aus diesem Raum entfernt und braucht eine neue Einladung.',
    invite_only: 'Dieser Raum verlangt eine Einladung, und {user} hat keine.',
    leave_instead: 'Du kannst dich nicht selbst entfernen. Verlass stattdessen den Raum.',
    channel_unknown: 'Der Raum {room} hat keinen Kanal {channel}.',
    moderator_elsewhere:
      '{user} kann nicht moderieren, weil {server} deinen Server nicht darum bitten kann. Dort muss ein aktueller Paracord Node laufen.',
    last_channel: 'Der Raum hat nur diesen Kanal. Lösche den Raum, oder leg erst einen anderen Kanal an.',
    owner_elsewhere:
      '{user} ist auf einem anderen Server. Einen Raum auf {home} können nur Personen dort besitzen.',
    hide_after_leaving: 'Verlass zuerst den Raum. Danach kannst du ihn aus deiner Liste entfernen.',
    not_a_member: '{user} ist nicht im Raum {room}.',
    not_invited: '{user} hat keine offene Einladung in den Raum {room}. Es gibt nichts zurückzuziehen.',
    not_your_invite:
      'Diese Einladung an {user} stammt von {inviter}. Nur von dort oder von Besitzern und Moderatoren des Raums kann sie zurückgezogen werden.',
    not_users_server: '{user} ist kein Benutzer von {server}.',
    no_channel_yet: 'Dieser Server kennt noch keinen Kanal von {room}. Nenne einen mit channel_id.',
    no_channel: 'Der Raum {room} hat keinen Kanal {channel}. Er hat {list}.',
    channel: '{channel} ({name})',
    none_known: 'keinen, den dieser Server kennt',
    body_too_long:
      'Die Nachricht hat {bytes, number} Bytes, und {servers} verwirft, was mehr als {max, number} hat. Kürze sie oder sende sie in Teilen.',
    only_author_edits: 'Diese Nachricht darf nur {user} bearbeiten, von dem sie stammt.',
    only_author_deletes:
      'Diese Nachricht darf nur {user}, von dem sie stammt, oder wer den Raum besitzt oder moderiert, löschen.',
    no_reaction: '{user} hat nicht mit {emoji} reagiert. Es gibt nichts zurückzunehmen.',
    no_message: 'Der Raum {room} hat keine Nachricht {event}.',
    forwards_alone:
      'Eine weitergeleitete Nachricht hat keinen anderen Text, keine anderen Dateien und antwortet auf nichts.',
    answers_elsewhere: 'Die Nachricht {event} steht in einem anderen Kanal. Antworte dort.',
    room_archived: 'Dieser Raum ist archiviert. Wer ihn auf {home} besitzt, kann ihn zurückholen.',
    slow: 'In diesem Raum gilt der Langsam-Modus. Warte vor deiner nächsten Nachricht {seconds, plural, one {# Sekunde} other {# Sekunden}}.',
    only_moderators:
      'In diesem Raum schreibt nur, wer ihn besitzt oder moderiert. Das wurde auf {home} so eingestellt. Du kannst auf Nachrichten reagieren.',
    pins_full: 'In einem Raum können höchstens {max, number} Nachrichten angeheftet sein. Löse vorher eine.',
    deleted: 'Diese Nachricht wurde gelöscht.',
    invite_unknown: 'Es gibt keine Einladung {id}. Die Liste der Einladungen zeigt, welche warten.',
    invite_over:
      'Diese Einladung wurde schon {status, select, accepted {angenommen} revoked {zurückgezogen} other {abgelehnt}}.',
    key_reused:
      'Der client_key {key} wurde schon für einen anderen Aufruf verwendet ({procedure} in {room}). Verwende für jeden Aufruf, der keine Wiederholung ist, einen neuen Schlüssel.',
    home_not_asked: 'Der Server, auf dem der Raum zu Hause ist, lässt sich nicht fragen. {why}',
    home_no_address: '{server} ist von hier aus nicht erreichbar.',
    home_refused: '{server} lässt {user} nicht in den Raum {room}.',
    not_its_home:
      'Der Raum {room} gehört zu {named}. {server} ist ein anderer Server und kann dich nicht hineinlassen. Prüfe, woher der Link oder die Raum-ID kommt.',
    other_answered:
      '{server} wurde nach dem Raum {room} gefragt, hat aber für {found} geantwortet. Nichts wurde gespeichert. Frage den Betreiber von {server} nach der ID des Raums.',
    home_clocks: '{server} weist die Anfrage ab, weil die Uhren nicht übereinstimmen. {text} {fix}',
    home_late:
      '{server} hat nicht innerhalb von {seconds} s geantwortet. Falls er dich doch noch hineinlässt, erscheint der Raum hier. Sonst versuche es später noch einmal.',
    home_undecided:
      '{server} hat {seconds} s lang nicht geantwortet. Der Raum zeigt, ob es doch noch geschehen ist. Versuche es sonst später erneut.',
    home_too_old:
      '{server} lässt sich nicht mehr um das bitten, was jemand auf einem anderen Server moderiert. Dort muss ein aktueller Paracord Node laufen.',
    home_unreachable: '{server} ist nicht erreichbar. {why} {next}',
    home_silent_refusal:
      '{server} lehnt ab, ohne einen Grund zu nennen. Entweder ist dein Server dort noch nicht hinzugefügt, oder der Raum ist nicht für andere Server offen.',
    home_refuses: '{server} lehnt ab.',
    home_answers: '{server} antwortet mit einem Fehler.',
    home_says: '{text} Er sagt: „{quote}“',
  },
  event: {
    unknown: 'Dieser Server hat das Ereignis {event} nicht.',
    written: 'Dieses Ereignis wurde schon geschrieben.',
    unverified:
      'Dieser Server kann {event} nicht prüfen, weil er den Schlüssel nicht hat, mit dem {server} es signiert hat.',
    erased_deleted:
      'Dieser Server hat den Text von {event} am {at, date, long} gelöscht, weil die Nachricht gelöscht wurde.',
    erased_edited:
      'Dieser Server hat den Text von {event} am {at, date, long} gelöscht, weil eine neuere Bearbeitung ihn ersetzt und dieser Server keine früheren Fassungen aufbewahrt.',
    standing:
      '{server} ist {standing, select, blocked {hier blockiert} quarantined {hier unter Quarantäne} other {kein Peer, dem dieser Server vertraut}}.',
    too_many_held:
      '{max, number} Ereignisse von {server} werden hier schon zurückgehalten und warten auf die Entscheidung des Betreibers.',
    nobody_in: 'Niemand auf diesem Server ist im Raum {room}.',
    nobody_left: 'Niemand auf diesem Server ist noch im Raum {room}.',
    invite_rules:
      'Nur der Server, auf dem ein Raum zu Hause ist, lädt dorthin ein, und nur der Server des Eingeladenen nimmt die Einladung an.',
    only_home: 'Das darf nur {home} senden, wo der Raum zu Hause ist.',
    only_home_members: 'Über Mitglieder anderer Server entscheidet nur {home}, wo der Raum zu Hause ist.',
    no_member: '{user} ist kein Mitglied dieses Raums.',
    only_home_brings: 'Ereignisse von {server} darf nur {home} weitergeben.',
    id_taken: 'Dieser Server hat schon ein anderes Ereignis mit der ID {event} und behält es.',
    many_invites:
      '{server} hat {max} Einladungen geschickt, die hier noch niemand beantwortet hat. Weitere sind möglich, sobald einige beantwortet sind.',
    invite_pace: '{server} schickt zu schnell Einladungen. Erneut versuchen in {seconds} s.',
    room_full:
      '{server} hat so viel von diesem Raum gesendet, wie dieser Server von einem einzelnen Server speichert.',
    message_pace: '{server} ändert diese Nachricht zu oft. Erneut versuchen in {seconds} s.',
    slow_pace:
      '{server} hält {user} nicht zum Langsam-Modus dieses Raums an. Erneut versuchen in {seconds} s.',
    new_users: 'Zu viele Benutzer von {server} wollen in diesen Raum. Erneut versuchen in {seconds} s.',
    moderation_pace:
      'Moderatoren auf {server} entscheiden in diesem Raum zu viel auf einmal. Erneut versuchen in {seconds} s.',
    member_pace: '{user} kommt und geht zu oft. Erneut versuchen in {seconds} s.',
    strangers:
      'Dieser Server hält schon {count, number} Ereignisse von {server} in diesem Raum zurück, deren Absender er nicht als Mitglieder kennt. Sende weitere, wenn sie Mitglieder sind.',
    bad_signature: 'Die Signatur von {server} mit dem Schlüssel {key} passt nicht zum Ereignis.',
    no_signature: 'Das Ereignis hat keine Signatur von {server}.',
    no_peer:
      '{server} ist kein Peer, dem dieser Server vertraut, und nur der Server, auf dem ein Raum zu Hause ist, darf dessen Ereignisse weitergeben.',
    keys_unknown: 'Die Schlüssel von {server} sind hier nicht bekannt, und {home} gibt sie nicht weiter.',
    foreign_id: 'Die Ereignis-ID {event} gehört nicht zu {server}.',
    other_guild: 'Die guild_id im Inhalt ist nicht die von {room}.',
  },
};
