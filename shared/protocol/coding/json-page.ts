import { endOfString } from './json.ts';

/** A JSON object without its list `events`, and the text of each entry of that list. */
interface SplitPage {
  /** The object, with an empty list. */
  readonly rest: string;
  readonly events: readonly string[];
}

/** Characters per step. */
const stepChars = 524_288;

/**
 * Splits a page of events without parsing them, so that each event can be parsed by itself and under its own limits. A
 * page may be long, so the caller may do something else after each step. Null for anything but an object with such a
 * list; whether it is valid JSON shows when its parts are parsed.
 */
export function* splitPage(text: string): Generator<undefined, SplitPage | null> {
  let depth = 0;
  /** The beginnings of the list and of the current entry. */
  let listAt = -1;
  let entryAt = -1;
  let stepAt = stepChars;
  const events: string[] = [];
  const endEntry = (at: number): void => {
    const entry = text.slice(entryAt, at).trim();
    if (entry !== '') events.push(entry);
    entryAt = at + 1;
  };
  for (let at = 0; at < text.length; at++) {
    if (at >= stepAt) {
      stepAt = at + stepChars;
      yield;
    }
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        if (depth === 1 && listAt < 0 && text.slice(at, end) === '"events"') {
          const list = /^\s*:\s*\[/.exec(text.slice(end, end + 100));
          if (list) {
            listAt = end + list[0].length;
            entryAt = listAt;
            depth = 2;
            at = listAt - 1;
            break;
          }
        }
        at = end - 1;
        break;
      }
      case '{':
      case '[':
        depth++;
        break;
      case '}':
      case ']':
        depth--;
        if (entryAt >= 0 && depth === 1) {
          endEntry(at);
          entryAt = -1;
          // The text after the list is short, or refused when it is parsed.
          return { rest: text.slice(0, listAt) + text.slice(at), events };
        }
        break;
      case ',':
        if (entryAt >= 0 && depth === 2) endEntry(at);
        break;
    }
  }
  return null;
}
