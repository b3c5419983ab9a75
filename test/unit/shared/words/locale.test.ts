import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseLocale, localeFor } from '../../../../shared/words/locale.ts';

test('a chosen language is spoken as the system writes it, and without it if the system has another one', () => {
  assert.equal(localeFor('de', ['en-US', 'de-AT', 'de']), 'de-AT');
  assert.equal(localeFor('de', ['en-US']), 'de');
  assert.equal(localeFor('en', ['fr-FR', 'de-DE']), 'en');
});

test('without a choice it is the first language of the system that there is', () => {
  assert.equal(localeFor('system', ['fr-FR', 'de-CH', 'en-GB']), 'de-CH');
  assert.equal(localeFor('system', ['fr-FR']), chooseLocale([]));
});
