import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitPage } from '../../../../../shared/protocol/coding/json-page.ts';

/** The page in parts, and how often the caller could do something else in between. */
function split(text: string) {
  const splitting = splitPage(text);
  let pauses = 0;
  for (;;) {
    const { done, value } = splitting.next();
    if (done) return { page: value, pauses };
    pauses++;
  }
}

test('the events of a page are taken out as they were written, and the rest is an object with an empty list', () => {
  const page = (text: string) => split(text).page;
  assert.deepEqual(page('{"events":[{"a":1},{"b":[1,2]}],"next":"x"}'), {
    rest: '{"events":[],"next":"x"}',
    events: ['{"a":1}', '{"b":[1,2]}'],
  });
  assert.deepEqual(page('{"more":[{"events":[1]}],"events" \n:  [ {"a":","} , [2,{"]":"}"}] ]}'), {
    rest: '{"more":[{"events":[1]}],"events" \n:  []}',
    events: ['{"a":","}', '[2,{"]":"}"}]'],
  });
  assert.deepEqual(page('{"a\\"events":1,"x":"events","events":["a\\"]","b"]}'), {
    rest: '{"a\\"events":1,"x":"events","events":[]}',
    events: ['"a\\"]"', '"b"'],
  });
  assert.deepEqual(page('{"events":[ ]}'), { rest: '{"events":[]}', events: [] });
});

test('an answer without a list of events at its top isn’t a page', () => {
  for (const text of [
    ...['', '{}', '[]', '"events":[1]', '{"events":{}}', '{"events":1}', '{"events" [1]}', '{"events":x[1]}'],
    ...[
      '{"event":[1]}',
      '[{"events":[1]}]',
      '{"a":{"events":[1]}}',
      '{"events',
      '{"events":[1',
      '{"events":[[1]',
    ],
  ])
    assert.equal(split(text).page, null, text);
});

test('a long page is split with a pause for every half a million characters', () => {
  const step = 524_288;
  const page = (chars: number) => `{"events":[${'1'.repeat(chars - 13)}]}`;
  const pauses = (chars: number) => split(page(chars)).pauses;
  // The list is closed two characters before the end of the page.
  assert.deepEqual(
    [pauses(step - 1), pauses(step + 1), pauses(step + 2), pauses(2 * step + 2)],
    [0, 0, 1, 2],
  );
  assert.equal(split(page(3 * step)).page?.events[0]?.length, 3 * step - 13);
});
