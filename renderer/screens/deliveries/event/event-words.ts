import { text } from '../../../text/text.ts';

const kinds = {
  'm.message': 'message',
  'm.message.edit': 'edit',
  'm.message.delete': 'delete',
  'm.reaction.add': 'react',
  'm.reaction.remove': 'unreact',
  'm.member.join': 'join',
  'm.member.leave': 'leave',
  'm.member.invite': 'invite',
  'm.room.info': 'room',
} as const;

/** Names the kind of an event for people. Its exact type is among the details. */
export function typeWords(eventType: string): string {
  const kind = Object.hasOwn(kinds, eventType) ? kinds[eventType as keyof typeof kinds] : 'other';
  return text.deliveries.types[kind];
}

/** How an attempt to deliver ended. */
export function outcomeWords(outcome: string): string {
  const { outcomes } = text.deliveries.event;
  return outcome in outcomes ? outcomes[outcome as keyof typeof outcomes] : outcomes.other;
}

/** Returns the words in an event: the text of a message or an edit, an emoji, a name. */
export function contentWords(envelope: string): string | null {
  const { content } = parsed(envelope);
  if (typeof content !== 'object' || content === null) return null;
  const { body, emoji, name } = content as { body?: unknown; emoji?: unknown; name?: unknown };
  const said = [body, emoji, name].find((word) => typeof word === 'string' && word !== '');
  return typeof said === 'string' ? said : null;
}

/** The envelope with line breaks and indents. Nothing but whitespace changes. */
export function indented(json: string): string {
  let depth = 0;
  let inText = false;
  let escaped = false;
  let out = '';
  for (const [at, letter] of [...json].entries()) {
    if (inText) {
      out += letter;
      inText = escaped || letter !== '"';
      escaped = !escaped && letter === '\\';
      continue;
    }
    if (/\s/.test(letter)) continue;
    inText = letter === '"';
    const empty = /^[{[]\s*[}\]]/.test(json.slice(at, at + 2));
    if (letter === '{' || letter === '[') depth++;
    if ((letter === '}' || letter === ']') && --depth >= 0 && !/[{[]$/.test(out)) out += newLine(depth);
    out += letter;
    if (letter === ',' || ((letter === '{' || letter === '[') && !empty)) out += newLine(depth);
    if (letter === ':') out += ' ';
  }
  return out;
}

const newLine = (depth: number): string => `\n${'  '.repeat(depth)}`;

function parsed(envelope: string): { content?: unknown } {
  try {
    return JSON.parse(envelope) as { content?: unknown };
  } catch {
    return {};
  }
}
