/** What every subject needs: words of somebody else, sentences in a row, lengths of time. */
export const plain = {
  plain: {
    /** Words of somebody else, shown as they are. */
    text: '{text}',
    pair: '{first} {second}',
    comma: '{first}, {second}',
    /** A title and what it says. */
    titled: '{title}. {text}',
    unexpected: 'This is a bug in Paracord Node. Please report it: {detail}',
  },
  /** Made by `span()`. */
  span: {
    seconds: '{n, plural, one {# second} other {# seconds}}',
    minutes: '{n, plural, one {# minute} other {# minutes}}',
    hours: '{n, plural, one {# hour} other {# hours}}',
    days: '{n, plural, one {# day} other {# days}}',
  },
} as const;
