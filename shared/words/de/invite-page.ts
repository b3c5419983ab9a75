import type { invitePage as english } from '../en/invite-page.ts';
import type { Translation } from '../messages.ts';

export const invitePage: Translation<typeof english> = {
  title: 'Einladung zu {server}',
  heading: '{server} lädt dich ein',
  intro:
    'Das ist eine Einladung zum Chatten. Auf {server} läuft Paracord Node: ein kleiner Chatserver für zu Hause, ohne eine Firma dazwischen. Du brauchst auch einen. Eure Server tauschen die Nachrichten dann direkt aus.',
  needsScript: 'Um die Einladung zu lesen, braucht diese Seite JavaScript. Sie lädt nichts von anderswo.',
  looking: 'Die Einladung wird gelesen …',
  toRoom: 'Du bist eingeladen in den Raum:',
  noRoom: 'Sie verbindet deinen Server mit {server}, damit ihr Räume teilen könnt.',
  haveTitle: 'Einladung öffnen',
  open: 'In Paracord Node öffnen',
  nothing:
    'Es ist nichts passiert? Dann läuft Paracord Node ohne Fenster oder auf einem anderen Computer. Kopiere diesen Text und füge ihn dort unter „Ich wurde eingeladen“ oder „Einladung öffnen“ ein.',
  text: 'Einladung als Text',
  copy: 'Kopieren',
  copied: 'Kopiert',
  copyByHand: 'Markiert. Kopiere den Text selbst.',
  needTitle: 'Hol dir Paracord Node',
  stepsIntro:
    'Du brauchst einen Computer, der eingeschaltet bleiben kann: Linux, macOS oder Windows. Auf einem Handy läuft es nicht.',
  stepGet:
    'Hol dir Paracord Node von der Person, die dich eingeladen hat, oder von dort, wo sie es herhat. Es ist kostenlos. Mit der Paketdatei und Node.js 20 oder neuer wird es so installiert und gestartet:',
  stepName: 'Gib deinen Namen ein. Mehr ist nicht nötig.',
  stepBack:
    'Öffne diesen Link auf jenem Computer noch einmal und wähle „In Paracord Node öffnen“. Oder füge den Text von oben ein.',
  keepTitle: 'Am Handy?',
  keep: 'Bewahr diesen Link auf, oder schick ihn dir selbst. Die Einladung gilt nur einmal und nur für dich.',
  until: 'Sie läuft ab am',
  selfSigned:
    'Dein Browser hat dich gewarnt, weil dieser Server sein Zertifikat selbst ausgestellt hat. Der Browser kann deshalb nicht erkennen, ob diese Seite wirklich von {server} kommt. Paracord Node kann es: Es prüft den Schlüssel im Link. Um sicherzugehen, kopiere den ganzen Link aus der Adresszeile und füge ihn dort ein.',
  plain:
    'Diese Seite kam über eine unverschlüsselte Verbindung. Jemand unterwegs könnte sie verändert haben. Paracord Node prüft den Schlüssel im Link. Um sicherzugehen, kopiere den ganzen Link aus der Adresszeile und füge ihn dort ein.',
  damagedTitle: 'Dieser Link ist unvollständig',
  damaged:
    'Ein Teil des Links fehlt, oder etwas wurde angehängt. Kopiere den ganzen Link noch einmal: Hinter dem # stehen viele Buchstaben und Ziffern.',
  usedTitle: 'Diese Einladung wurde schon verwendet',
  used: 'Eine Einladung gilt nur einmal. Wenn du sie selbst verwendet hast, ist alles gut: Öffne Paracord Node. Sonst bitte um eine neue.',
  revokedTitle: 'Diese Einladung wurde zurückgezogen',
  revoked: 'Der Betreiber von {server} hat sie zurückgezogen. Bitte um eine neue.',
  expiredTitle: 'Diese Einladung ist abgelaufen',
  expired: 'Bitte den Betreiber von {server} um eine neue.',
  unknownTitle: 'Dieser Server kennt die Einladung nicht',
  unknown:
    'Vielleicht gehört sie zu einem anderen Server oder stammt aus der Zeit, bevor dieser neu eingerichtet wurde. Bitte um eine neue.',
  offlineTitle: 'Der Server antwortet gerade nicht',
  offline:
    '{server} war da, als diese Seite geladen wurde, und ist nicht mehr erreichbar. Lade die Seite später neu. Wenn du Paracord Node hast, kannst du den Text unten auch dort einfügen.',
};
