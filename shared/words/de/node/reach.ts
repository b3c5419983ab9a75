import type { reach as english } from '../../en/node/reach.ts';
import type { Translation } from '../../messages.ts';

export const reach: Translation<typeof english> = {
  reach: {
    proxy:
      'TLS ist einem Proxy überlassen, und Peers verbinden sich mit dem Proxy. Deshalb wird der Router nicht um eine Portfreigabe für deinen Server gebeten.',
    proxy_fix:
      'Leite im Router TCP-Port 443 an den Proxy weiter, und stelle die Adresse des Proxys als öffentliche Adresse ein.',
    loopback: 'Nur dieser Computer selbst kann sich mit deinem Server verbinden.',
    loopback_fix:
      'Setze einen Reverse-Proxy davor, und stelle dessen Adresse als öffentliche Adresse ein, oder lausche auf allen Adressen (--listen [::]:{port}).',
    off: 'Der Router wird nicht gebeten, Peers hereinzulassen.',
    off_fix:
      'Wenn kein Peer deinen Server erreichen kann, schalte die automatische Portfreigabe ein, oder leite TCP-Port {port} in den Einstellungen des Routers an diesen Computer weiter und stelle die öffentliche Adresse ein.',
    public:
      'Dieser Computer hat selbst die öffentliche Adresse {address} und braucht keine Portfreigabe. Eine Firewall muss TCP-Port {port} offen lassen.',
    offline: 'Dieser Computer hat gerade keine Verbindung zum Internet.',
    offline_fix: 'Verbinde ihn mit einem Netz. Das wird automatisch wieder geprüft.',
    trying: 'Der Router wird gerade gebeten, Peers hereinzulassen.',
    no_external:
      'Der Router hat Port {port} geöffnet, aber {address, select, none {nennt keine öffentliche Adresse} other {die öffentliche Adresse, die er nennt, ist keine ({address})}}.',
    no_external_fix:
      'Suche die öffentliche Adresse heraus (auf den Seiten des Routers), und stelle sie hier ein, mit Port {port}. Wenn der Router keine hat, ist er nicht verbunden.',
    pinhole:
      'Der Router lässt Peers zu {place} herein ({protocol}). Peers ohne IPv6 können sich auf diesem Weg nicht verbinden.',
    other_port:
      'Peers erreichen deinen Server unter {place}. Der Router hat Port {external} vergeben, weil {port} belegt war ({protocol}).',
    mapped: 'Peers erreichen deinen Server unter {place}: Der Router leitet den Port weiter ({protocol}).',
    no_address:
      'Der Router würde Peers hereinlassen, hat aber selbst keine öffentliche Adresse. Entweder teilt dein Anbieter eine unter vielen Kunden auf, oder vor diesem Router steht noch einer.',
    no_address_fix:
      'Sieh auf den Seiten des Routers nach, welche Internetadresse er hat. Beginnt sie mit 100.64 bis 100.127, bitte den Anbieter um eine öffentliche IPv4-Adresse. Beginnt sie mit 10, 172.16 bis 172.31 oder 192.168, leite TCP-Port {port} auch im äußeren Router an ihn weiter.',
    closed:
      'Dieser Computer steht hinter einem Router, der Peers auf Anfrage nicht hereingelassen hat. Von außen kommen Peers nur herein, wenn du in den Einstellungen des Routers eine Portfreigabe anlegst.',
    closed_fix:
      'Falls das noch nicht geschehen ist: Schalte im Router UPnP, NAT-PMP oder PCP ein, oder leite TCP-Port {port} in seinen Einstellungen an {to} weiter und stelle unter Server, Netzwerk die öffentliche Adresse ein.',
    this_machine: 'diesen Computer',
    this_machine_at: 'diesen Computer ({address})',
    contradiction:
      'Der Router widerspricht sich: Seine öffentliche Adresse ist laut {one_protocol} {one}, laut {other_protocol} {other}.',
    contradiction_fix:
      'Starte den Router neu. Wenn er sich weiter widerspricht, finde die öffentliche Adresse selbst heraus, und stelle sie hier ein.',
    shared:
      'Dein Anbieter teilt eine öffentliche Adresse unter vielen Kunden auf ({address} ist eine geteilte Adresse). Deshalb erreichen Verbindungen von außen deinen Server nicht.',
    shared_fix: 'Bitte den Anbieter um eine öffentliche IPv4-Adresse.',
    double_nat:
      'Der Router steht hinter einem weiteren Router: Seine äußere Adresse ist {address}, eine private.',
    double_nat_fix:
      'Leite TCP-Port {port} auch im äußeren Router an {address} weiter, oder schalte einen der Router in den Bridge-Modus. Stelle dann hier die öffentliche Adresse ein.',
    or_listen_ipv6:
      'Oder verwende IPv6. Dein Server ist dort noch nicht erreichbar: Starte ihn mit --listen [::]:{port}.',
    or_ipv6:
      'Oder lass in der IPv6-Firewall des Routers TCP-Port {port} zu {address} durch, und stelle das hier als öffentliche Adresse ein.',
    or_get_ipv6: 'Oder bitte um IPv6: Dieser Computer hat keine öffentliche IPv6-Adresse.',
    only_fetches:
      'Solange sich niemand mit deinem Server verbinden kann, holt er Nachrichten bei den Servern ab, die er erreicht.',
    protocol:
      '{protocol, select, pcp {PCP} upnp {UPnP} pcp6 {PCP für IPv6} upnp6 {UPnP für IPv6} other {NAT-PMP}}',
  },
  router: {
    opened: 'Der Router hat den Port geöffnet.',
    none: 'Der Router bietet weder PCP noch NAT-PMP noch UPnP an, oder sie sind ausgeschaltet.',
    no_port: 'Der Router meldet, er habe einen Port geöffnet, nennt ihn aber nicht.',
    no_time: 'Der Router meldet, er habe den Port geöffnet, aber für keinerlei Zeit.',
    other_port: 'Der Router hat Port {external} statt {port} geöffnet. Er wurde wieder geschlossen.',
    absent: 'Der Router bietet {protocol} nicht an.',
    silent: 'Der Router hat auf {protocol} nicht geantwortet.',
    pcp_version: 'Der Router bietet PCP nicht in Version 2 an, nur in Version {version}.',
    only_nat_pmp: 'Der Router bietet PCP nicht an, nur NAT-PMP.',
    no_mapping:
      'Der Router nennt per NAT-PMP seine Adresse, antwortet aber nicht auf die Bitte um einen Port.',
    upnp_unreadable: 'Der Router antwortet auf UPnP, aber seine Beschreibung ist nicht lesbar.',
    upnp_useless: 'Der Router antwortet auf UPnP, bietet aber keinen Dienst an, der einen Port öffnet.',
    refused: 'Der Router hat abgelehnt ({protocol}): {why}.',
    why_version: 'Er spricht eine andere Version',
    why_not_allowed: 'Er erlaubt diesem Computer die Anfrage nicht',
    why_not_allowed_or_taken:
      'Er erlaubt diesem Computer die Anfrage nicht, oder ein anderes Programm hält diesen Port',
    why_off: 'Die Portfreigabe ist ausgeschaltet oder für diesen Computer nicht erlaubt',
    why_no_internet: 'Er hat keine Internetverbindung oder keine öffentliche Adresse',
    why_full: 'Er hat keinen Platz für eine weitere Freigabe',
    why_no_tcp: 'Er gibt kein TCP frei',
    why_malformed: 'Er hat die Anfrage nicht verstanden',
    why_no_mapping: 'Er gibt keine Ports frei',
    why_option: 'Ihm fehlt eine verlangte Option',
    why_bad_option: 'Er hat eine Option nicht verstanden',
    why_quota: 'Dieser Computer hat seinen Anteil an Freigaben aufgebraucht',
    why_port: 'Er kann den verlangten Port nicht vergeben',
    why_other_address:
      'Er sieht diesen Computer unter einer anderen Adresse. Dazwischen steht also noch ein Router',
    why_remote: 'Er erlaubt weniger entfernte Adressen',
    why_unknown_request: 'Er kennt diese Anfrage nicht',
    why_invalid: 'Er findet die Anfrage ungültig',
    why_failed: 'Er konnte es nicht. Oft heißt das, dass er selbst keine öffentliche Adresse hat',
    why_no_pinholes: 'Seine Firewall öffnet keine Durchgänge',
    why_pinholes_off: 'Er erlaubt keine Durchgänge',
    why_inside_address: 'Er lehnt die Adresse dieses Computers ab',
    why_name_remote: 'Er verlangt eine entfernte Adresse',
    why_name_port: 'Er verlangt einen äußeren Port',
    why_taken: 'Ein anderes Gerät hält diesen Port',
    why_same_port: 'Er vergibt außen nur denselben Port wie innen',
    why_any_port: 'Er verlangt, dass kein äußerer Port genannt wird',
    why_no_free_port: 'Er hat keinen freien Port mehr',
    why_own_port: 'Eine andere seiner Funktionen hält diesen Port',
    why_leads_to: 'Port {port} wird schon an {address}, Port {inside} weitergeleitet',
    why_leads_elsewhere: 'Port {port} wird schon woandershin weitergeleitet',
    why_code: 'Er hat mit dem unbekannten Code {code} geantwortet',
    why_code_says: 'Er hat mit Code {code} geantwortet: „{quote}“',
  },
  challenge_port: {
    off: 'Der Router wurde nicht um Port {port} gebeten, weil die automatische Portfreigabe ausgeschaltet ist. Schalte sie unter Server, Netzwerk ein.',
    abandoned: 'Der Router wurde um Port {port} gebeten, hat aber nicht rechtzeitig geantwortet.',
    opened: 'Der Router hat Port {port} geöffnet ({protocol}).',
    check_name:
      'Seine äußere Adresse ist {address}. Prüfe, ob der Name dorthin führt, und frag den Anbieter, ob er Port {port} durchlässt.',
    outer:
      'Leite TCP-Port {port} auch im äußeren Router an {address} weiter, oder schalte einen der Router in den Bridge-Modus.',
    outer_unknown:
      'Leite TCP-Port {port} auch im äußeren Router an ihn weiter, oder schalte einen der Router in den Bridge-Modus.',
    no_address:
      'Der Router würde Port {port} öffnen, hat aber selbst keine öffentliche Adresse. Entweder teilt dein Anbieter eine unter vielen Kunden auf, oder vor diesem Router steht noch einer.',
    untrue_fix:
      'Starte den Router neu. Wenn das nicht hilft, finde seine öffentliche Adresse selbst heraus, und prüfe, ob der Name dorthin führt.',
    closed: 'Der Router hat Port {port} nicht geöffnet.',
    closed_fix: 'Schalte eines davon ein.',
    low_port: 'Manche Router öffnen auf Anfrage keine Ports unter 1024.',
  },
};
