import type { people as english } from '../../en/node/people.ts';
import type { Translation } from '../../messages.ts';

export const people: Translation<typeof english> = {
  entrance: {
    tailscale_next:
      'Wer sich hier anmeldet, muss in deinem Tailscale-Netz sein. Ein kostenloser Name funktioniert für alle.',
    ip_next:
      'Passkeys funktionieren nie an einer IP-Adresse. Hol dir einen kostenlosen Namen, oder nimm eine eigene Domain.',
    self_signed_next:
      'Browser warnen, und Telefone installieren die App nicht und bekommen keine Push-Nachrichten. Hol dir einen kostenlosen Namen, oder nimm eine eigene Domain.',
    this_computer: 'diesem Computer',
    home_address: 'Sie führt zu Hause hierher, auch ohne Internet.',
    hairpin_address: 'Sie führt zu Hause hierher, solange dein Router diese Adresse hat.',
    local_name:
      '{host} führt zu Hause hierher. Ohne Internet auch, wenn dein Router oder ein DNS-Server zu Hause für den Namen antwortet.',
    home_name:
      '{host} führt zu Hause hierher. Ohne Internet lässt sich der Name nicht auflösen: Damit er auch dann funktioniert, lass deinen Router oder einen DNS-Server zu Hause {host} mit {at} beantworten.',
    hairpin:
      '{host} führt zu Hause hierher, und zwar über deinen Router. Ohne Internet lässt sich der Name nicht auflösen: Damit er auch dann funktioniert, lass deinen Router oder einen DNS-Server zu Hause {host} mit {at} beantworten.',
    no_hairpin:
      '{host} führt zu deinem Router, und aus deinem Netz antwortet dort niemand. Viele Router führen das eigene Netz nicht zurück („Hairpin“, „NAT-Loopback“); ein geschlossener Port sieht genauso aus.',
    no_hairpin_fix:
      'Schalte das im Router ein, oder lass deinen Router oder einen DNS-Server zu Hause {host} mit {at} beantworten. Kann sich auch von anderswo niemand anmelden, öffne den Port.',
    silent: 'Unter {host} ({list}) antwortet niemand.',
    silent_fix: 'Prüfe den Port in der Adresse, den Router und die Firewall.',
    not_resolved: '{host} lässt sich hier nicht auflösen.',
    not_resolved_fix:
      'Prüfe den DNS-Eintrag und die Internetverbindung. Ohne Internet funktioniert der Name zu Hause, wenn dein Router oder ein DNS-Server zu Hause {host} mit {at} beantwortet.',
    not_resolved_kept_fix:
      'Bei einem neuen Namen dauert das einige Minuten. Hat er die Adresse im Heimnetz, filtert ihn vielleicht dein Router („DNS-Rebind-Schutz“): Füge {host} dort als Ausnahme hinzu, oder lass deinen Router den Namen mit {at} beantworten.',
    another_server: 'Unter {host} antwortet etwas anderes, vielleicht dein Router.',
    answer_fix: 'Lass deinen Router oder einen DNS-Server zu Hause {host} mit {at} beantworten.',
    refused_certificate: 'Dem Zertifikat unter {host} wird hier nicht vertraut, deshalb warnen Browser.',
    refused_certificate_fix:
      'Ist es neu, warte, bis Server, Netzwerk es zeigt. Sonst hol dir dort eines, dem Browser vertrauen.',
  },
  people: {
    logged_out: 'Du bist abgemeldet. Melde dich wieder an.',
    wrong: 'Der Name oder das Passwort ist falsch.',
    wrong_password: 'Das aktuelle Passwort ist falsch.',
    owner: 'Das Konto des Betreibers lässt sich so nicht ändern.',
    unknown: '{user} hat kein Konto auf diesem Server. Lade mit einem Link ein.',
    no_device: 'Ein Gerät {id} ist nicht angemeldet.',
    busy: 'Gerade melden sich zu viele an. Versuche es in ein paar Sekunden erneut.',
    too_many_links:
      'Es gibt schon {max, number} offene Links. Zieh einen zurück, der nicht mehr gebraucht wird.',
    no_account:
      'Du hast noch kein Passwort. Erstelle zuerst einen Link für dich: paracord-node people reset.',
    no_link: 'Es gibt keinen Link {id}, oder er gilt nicht mehr.',
    link_over: 'Dieser Link gilt nicht mehr. Bitte um einen neuen.',
    too_many: 'Dieser Server hat schon {max, number} Personen.',
    device_refused: 'Das andere Gerät hat abgelehnt.',
    passkey_refused: 'Dieser Passkey passt nicht zu dem, was gefragt war. Versuche es erneut.',
    passkey_unknown:
      'Dieser Passkey öffnet hier kein Konto. Melde dich mit deinem Passwort an, oder bitte um einen neuen Link.',
    passkey_late: 'Das hat zu lange gedauert oder wurde zweimal versucht. Versuche es erneut.',
    too_many_passkeys: 'Du hast schon {max, number} Passkeys. Entferne zuerst einen.',
    no_passkey: 'Du hast keinen solchen Passkey.',
    no_passkeys_here: 'Passkeys funktionieren unter {host} nicht. Sie brauchen einen Namen dieses Servers.',
    no_secret: 'Wähle ein Passwort, oder erstelle einen Passkey.',
    closed:
      'Niemand könnte den Link öffnen, weil sich hier noch niemand anmelden kann. Schalte „Personen können sich anmelden“ ein.',
    not_encrypted:
      'Niemand könnte den Link öffnen, weil dein Server keine verschlüsselte Adresse (https://) hat. Stelle unter Server, Netzwerk eine als öffentliche Adresse ein, oder hol dort einen kostenlosen Namen.',
    not_reached:
      'Niemand könnte den Link öffnen, weil dein Server keine Adresse hat, die andere Computer erreichen. Stelle unter Server, Netzwerk eine öffentliche Adresse ein, oder hol dort einen kostenlosen Namen.',
    foreign_host:
      'Unter „{host}“ ist dieser Server nicht benutzbar. Verwende die Adresse, die du mit deinem Link bekommen hast.',
    foreign_page: 'Diese Anfrage kam nicht von einer Seite dieses Servers und wird deshalb nicht angenommen.',
    plain: 'Anmelden geht nur über eine sichere Verbindung (https).',
    too_fast:
      'Zu viele Anfragen. Versuche es in {seconds, plural, one {# Sekunde} other {# Sekunden}} erneut.',
    other_build: 'Dieser Server wurde aktualisiert. Lade die Seite neu.',
    push_here: 'Nur ein angemeldeter Browser kann benachrichtigt werden.',
    push_keys: 'Mit den Schlüsseln des Geräts lassen sich keine Nachrichten dafür verschlüsseln.',
    push_off: 'Benachrichtigungen sind auf diesem Gerät aus. Schalte sie zuerst dort ein.',
    push_gone:
      'Der Push-Dienst kennt dieses Gerät nicht mehr: Die App wurde entfernt, ihre Daten wurden gelöscht, oder sie wurde lange nicht benutzt. Öffne die App dort, und schalte Benachrichtigungen wieder ein.',
    push_refused:
      'Der Push-Dienst {service} hat die Nachricht abgelehnt (Status {status, number}). Schalte Benachrichtigungen auf dem Gerät aus und wieder ein.',
    push_busy:
      'Der Push-Dienst {service} bat um eine Pause. Der nächste Versuch ist in {seconds, plural, one {# Sekunde} other {# Sekunden}}.',
    push_failing:
      'Der Push-Dienst {service} antwortete mit Status {status, number}. Dein Server versucht es noch ein paar Mal.',
    push_unreachable: 'Dieser Server konnte den Push-Dienst {service} nicht erreichen: {error}',
    push_late: 'Der Push-Dienst {service} war nicht rechtzeitig zu erreichen.',
    push_wait:
      'Eine Prüfung dieses Geräts läuft schon. Versuche es in {seconds, plural, one {# Sekunde} other {# Sekunden}} erneut.',
    full: 'Dieser Server ist ausgelastet. Versuche es in einer Sekunde erneut.',
  },
  consent: {
    asked: 'Das müssen deine Eltern erst erlauben. Sie wurden gefragt.',
    room: 'In diesem Raum kannst du erst schreiben, wenn deine Eltern ihn erlaubt haben.',
    people:
      'In diesem Raum ist jemand Neues. Du kannst wieder schreiben, wenn deine Eltern die Person bestätigt haben.',
    closed: 'Dieser Raum ist für dich zu, bis deine Eltern ihn oder jemand Neues darin erlauben.',
    contact: '{user} müssen erst deine Eltern bestätigen.',
    guest: 'Gäste sind nur in den Räumen ihres Links.',
    too_many: 'Es wartet schon zu viel auf eine Antwort deiner Eltern.',
    no_ask: '{user} wartet auf keine Antwort zu {room}.',
  },
};
