import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelWarning, serverWarnings, userWarnings } from '../../../../main/trust/misleading-names.ts';
import type { Said } from '../../../../shared/words/said.ts';
import { wordsIn } from '../../../../shared/words/words.ts';

const say = (warning: Said | null): string => (warning === null ? '' : wordsIn('en').say(warning));
const alice = '@alice:home.test';
const about = (userId: string, ...others: readonly string[]): string =>
  say(userWarnings([alice, userId, ...others], (id) => id === alice)(userId));

describe('a user name', () => {
  it('with a Cyrillic letter among Latin ones is flagged, and says which scripts it mixes', () => {
    const text = about('@bоb:evil.test');
    assert.match(text, /“bоb” mixes Latin and Cyrillic letters/);
    assert.match(text, /before you trust it/);
  });

  it('a name that looks like a known user’s is flagged with that user', () => {
    assert.match(about('@аlice:evil.test'), /@аlice:evil\.test looks like @alice:home\.test/);
    assert.match(about('@Alice1:evil.test', '@alicel:ben.test'), /looks like @alicel:ben\.test/);
  });

  it('in one script throughout is flagged only beside the name it looks like', () => {
    assert.equal(about('@рор:evil.test'), '');
    assert.match(about('@рор:evil.test', '@pop:ben.test'), /@рор:evil\.test looks like @pop:ben\.test/);
    // Not the other way round.
    assert.equal(about('@pop:ben.test', '@рор:evil.test'), '');
  });

  it('on a server that looks like a known user’s server is flagged', () => {
    assert.match(about('@carol:peer1.test', '@carol:peerl.test'), /looks like @carol:peerl\.test/);
  });

  it('with hidden characters is flagged and shown with them marked', () => {
    assert.match(about('@carol\u200b:evil.test'), /“carol�” contains invisible characters/);
  });

  it('in any one language is fine, and so is the same name at another server', () => {
    for (const fine of [
      'Иван',
      'Γιώργος',
      'müller',
      '東京さくら',
      '김철수',
      'علی',
      'दीपक',
      'łukasz.w-2',
      'alice',
    ])
      assert.equal(about(`@${fine}:ben.test`, '@bob:ben.test'), '');
    assert.equal(about('@Alice:ben.test'), '');
  });

  it('of our own is never flagged', () => {
    assert.equal(about(alice, '@аlice:evil.test'), '');
  });
});

it('a room name is flagged for a word that mixes scripts, not for words in several languages', () => {
  assert.equal(say(labelWarning('Кухня kitchen 台所')), '');
  assert.match(say(labelWarning('Anna’s Kitсhen')), /mixes Latin and Cyrillic/);
  assert.match(say(labelWarning('Kit\u00adchen')), /invisible/);
});

it('a server whose name looks like a known one is flagged', () => {
  const warn = serverWarnings(['paypal.test', 'mike.test', 'peer0.test', 'other.test']);
  assert.match(say(warn('paypa1.test')), /paypa1\.test looks like paypal\.test/);
  assert.match(say(warn('rnike.test')), /looks like mike\.test/);
  assert.match(say(warn('peero.test')), /looks like peer0\.test/);
  assert.equal(say(warn('other.test')), '');
});
