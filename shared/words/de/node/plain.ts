import type { plain as english } from '../../en/node/plain.ts';
import type { Translation } from '../../messages.ts';

export const plain: Translation<typeof english> = {
  plain: {
    text: '{text}',
    pair: '{first} {second}',
    comma: '{first}, {second}',
    titled: '{title}. {text}',
    server_of: '{name}s Server',
    server_of_s: '{name}’ Server',
  },
  /** Im Dativ: „seit 2 Tagen“, „vor 2 Tagen“. Die Sätze, in denen eine Dauer steht, sind danach gebaut. */
  span: {
    seconds: '{n, plural, one {# Sekunde} other {# Sekunden}}',
    minutes: '{n, plural, one {# Minute} other {# Minuten}}',
    hours: '{n, plural, one {# Stunde} other {# Stunden}}',
    days: '{n, plural, one {# Tag} other {# Tagen}}',
  },
  /** Names that readers may mistake for others. */
  names: {
    script:
      '{script, select, Latn {lateinische} Grek {griechische} Cyrl {kyrillische} Armn {armenische} Hebr {hebräische} Arab {arabische} Cher {Cherokee-} Copt {koptische} Geor {georgische} Lisu {Lisu-} Hani {chinesische} Hira {Hiragana-} Kana {Katakana-} Hang {koreanische} other {andere}}',
    mixed: 'Der Name „{name}“ mischt {first} und {second} Buchstaben.',
    hidden: 'Der Name „{name}“ enthält unsichtbare Zeichen, angezeigt als �.',
    like: '{name} sieht aus wie {other}, ist aber ein anderer Name.',
    check:
      'Vielleicht gibt sich damit jemand für jemand anderen aus. Vergewissere dich, wer es ist, bevor du dem Namen vertraust.',
  },
};
