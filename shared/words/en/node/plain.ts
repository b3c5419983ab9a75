/** Every subject needs these: quotes, combined sentences, lengths of time. */
export const plain = {
  plain: {
    /** A quote, shown unchanged. */
    text: '{text}',
    pair: '{first} {second}',
    comma: '{first}, {second}',
    /** A title and what it says. */
    titled: '{title}. {text}',
    /** The server of a friend. German writes it differently after s, ß, x and z. */
    server_of: '{name}’s server',
    server_of_s: '{name}’s server',
  },
  /** Made by `span()`. */
  span: {
    seconds: '{n, plural, one {# second} other {# seconds}}',
    minutes: '{n, plural, one {# minute} other {# minutes}}',
    hours: '{n, plural, one {# hour} other {# hours}}',
    days: '{n, plural, one {# day} other {# days}}',
  },
  /** Names that readers may mistake for others. */
  names: {
    script:
      '{script, select, Latn {Latin} Grek {Greek} Cyrl {Cyrillic} Armn {Armenian} Hebr {Hebrew} Arab {Arabic} Cher {Cherokee} Copt {Coptic} Geor {Georgian} Lisu {Lisu} Hani {Chinese} Hira {Hiragana} Kana {Katakana} Hang {Korean} other {other}}',
    mixed: 'The name “{name}” mixes {first} and {second} letters.',
    hidden: 'The name “{name}” contains invisible characters, shown as �.',
    like: '{name} looks like {other}, but is another name.',
    check:
      'Someone may be using it to impersonate another person. Make sure you know who it is before you trust it.',
  },
} as const;
