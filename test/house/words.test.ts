import assert from 'node:assert/strict';
import { test } from 'node:test';
import { de } from '../../shared/words/de/all.ts';
import { en } from '../../shared/words/en/all.ts';
import type { Texts } from '../../shared/words/messages.ts';

/** Catalogs for people who only want to talk. Server and Details may use the words of the protocol. */
const forPeople = [
  'accounts',
  'delivery',
  'invitePage',
  'invites',
  'nav',
  'node.people',
  'people',
  'rooms',
  'welcome',
];
const details = /^(?:rooms\.details|delivery\.lacking)\./;

const leaves = (texts: Texts, path = ''): [path: string, text: string][] =>
  Object.entries(texts).flatMap(([name, text]): [string, string][] =>
    typeof text === 'string' ? [[path + name, text]] : leaves(text, `${path}${name}.`),
  );

/** Texts that contain the pattern. The names of their arguments don’t count. */
const found = (texts: Texts, pattern: RegExp, where: (path: string) => boolean = () => true): string[] =>
  leaves(texts)
    .filter(([path, text]) => where(path) && pattern.test(text.replace(/\{\w+(?:, \w+)*/g, '')))
    .map(([path, text]) => `${path}: ${text}`);

const isForPeople = (path: string): boolean =>
  forPeople.some((group) => path.startsWith(`${group}.`)) && !details.test(path);

test('chats, people and invites say nothing in the words of the protocol', () => {
  const english = /\b(?:peers?|events?|queued?|federat\w+|listen\w*|burst|outbox)\b/i;
  const german = /\b(?:Peers?|Ereignis\w*|Warteschlange\w*|[Ff]öder\w+|[Ll]ausch\w*)\b/;
  assert.deepEqual(found(en, english, isForPeople), []);
  assert.deepEqual(found(de, german, isForPeople), []);
});

test('German uses one word for one thing', () => {
  // zurückziehen, Benutzer, Backup, Limit, prüfen, merken, holen
  const others = /[Ww]iderruf|\bNutzer|Sicherung|Grenzwert|[Gg]etestet|\bTeste\b|hinterleg|gepinnt|[Aa]bruf/;
  assert.deepEqual(found(de, others), []);
  const ofRooms = /^(?:rooms\.|node\.room\.|cli\.states\.owner)/;
  assert.deepEqual(
    found(de, /Besitzer/, (path) => !ofRooms.test(path)),
    [],
  );
});

test('German has a blank before dots that stand for words', () => {
  assert.deepEqual(found(de, /\p{L}…/u), []);
});

test('English says “can’t” and “isn’t” everywhere', () => {
  const apart = /\bcannot\b|\b(?:could|do|does|did|is|are|was|were|has|have|had|will) not\b/i;
  assert.deepEqual(found(en, apart), []);
});
