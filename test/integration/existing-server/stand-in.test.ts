import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  dialogue,
  limitedDialogue,
  type RecordedAnswer,
} from '../../support/existing-server/existing-server-dialogue.ts';
import { StandInServer } from '../../support/stand-in/server.ts';

const recording = JSON.parse(
  readFileSync(new URL('../../vectors/existing-server/0.8.5-default.json', import.meta.url), 'utf8'),
) as { answers: RecordedAnswer[]; limited: RecordedAnswer };

test('the stand-in answers every call as the existing server was recorded answering it', async (t) => {
  const answers = await dialogue(await StandInServer.start(t), t);
  assert.deepEqual(
    answers.map(({ call }) => call),
    recording.answers.map(({ call }) => call),
  );
  for (const [at, recorded] of recording.answers.entries())
    assert.deepEqual(answers[at], recorded, recorded.call);
});

test('a stand-in of a build without UI answers 404 instead of the page, and all else the same', async (t) => {
  const server = await StandInServer.start(t, { unknownPaths: 'not found' });
  const answers = await dialogue(server, t);
  const withoutPage = recording.answers.map((answer) =>
    answer.body === '<page>' ? { ...answer, status: 404, type: null, body: '' } : answer,
  );
  assert.deepEqual(answers, withoutPage);
});

test('a stand-in with a low rate limit refuses events the way the existing server was recorded refusing them', async (t) => {
  const server = await StandInServer.start(t, { eventsPerMinute: 1 });
  assert.deepEqual(await limitedDialogue(server, t), recording.limited);
});
