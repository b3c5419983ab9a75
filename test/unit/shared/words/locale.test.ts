import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseLocale, localeFor } from '../../../../shared/words/locale.ts';

test('a chosen language uses the system’s country if the system has the same language', () => {
  assert.equal(localeFor('de', ['en-US', 'de-AT', 'de']), 'de-AT');
  assert.equal(localeFor('de', ['en-US']), 'de');
  assert.equal(localeFor('en', ['fr-FR', 'de-DE']), 'en');
});

test('without a choice, the first language of the system that we have is used', () => {
  assert.equal(localeFor('system', ['fr-FR', 'de-CH', 'en-GB']), 'de-CH');
  assert.equal(localeFor('system', ['fr-FR']), chooseLocale([]));
});
