import type { Asked } from '../../../main/events/batch/questions.ts';

const noLists = new Set(
  `effectsOn latestEdits editsBy pendingEditsBy reactionsTo reactionsBy placesOf eventsIn messagesNamed channels
  queuedFor queuedBy heldAbout`.split(/\s+/),
);
const noFlags = new Set(
  'isSpokenOf isDeleted hasMemberOf isJoining isLocalUser isDiscarded isHeld'.split(' '),
);
const noCounts = new Set('lastSeq pendingCount deletesCount heldCount usersOf'.split(' '));

function nothing(name: string): unknown {
  if (noLists.has(name)) return [];
  if (noFlags.has(name)) return false;
  return noCounts.has(name) ? 0 : null;
}

/**
 * What tables would answer a batch, without a database: `{'channel !1:a.test 7': row}`. Tables have nothing about
 * anything else.
 */
export function workingTables(answers: Readonly<Record<string, unknown>> = {}) {
  const asked: string[] = [];
  const wanted: string[] = [];
  const textOf = (name: string, key: readonly unknown[]) => [name, ...key].join(' ');
  const question = (name: string) => ({
    get: (...key: unknown[]) => {
      const text = textOf(name, key);
      asked.push(text);
      return text in answers ? answers[text] : nothing(name);
    },
    want: (...key: unknown[]) => void wanted.push(textOf(name, key)),
  });
  const ask = new Proxy({}, { get: (_, name: string) => question(name) }) as Asked;
  return { ask, asked, wanted };
}
