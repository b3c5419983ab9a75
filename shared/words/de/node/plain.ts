import type { plain as english } from '../../en/node/plain.ts';
import type { Translation } from '../../messages.ts';

export const plain: Translation<typeof english> = {
  plain: {
    text: '{text}',
    pair: '{first} {second}',
    comma: '{first}, {second}',
    titled: '{title}. {text}',
    unexpected: 'Das ist ein Fehler in Paracord Node. Bitte melde ihn: {detail}',
  },
  /** Im Dativ: „seit 2 Tagen“, „vor 2 Tagen“. Die Sätze, in denen eine Dauer steht, sind danach gebaut. */
  span: {
    seconds: '{n, plural, one {# Sekunde} other {# Sekunden}}',
    minutes: '{n, plural, one {# Minute} other {# Minuten}}',
    hours: '{n, plural, one {# Stunde} other {# Stunden}}',
    days: '{n, plural, one {# Tag} other {# Tagen}}',
  },
};
