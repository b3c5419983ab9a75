import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerAnswers } from '../../../../main/recovery/peer-answers.ts';

function world() {
  const saved = new Map<string, number>();
  const recovery = {
    answers: () => saved,
    noteAnswer: (server: string, at: number) => void saved.set(server, at),
  };
  const writer = { write: async (job: () => void) => job() };
  const log = { error: (): void => assert.fail('nothing fails here') };
  const answers = new PeerAnswers({ store: { recovery, writer }, log } as never);
  return { answers, saved };
}

test('an answer counts at once, and is saved when every room that it named has been read where it is read', () => {
  const { answers, saved } = world();
  const toRead = [
    { roomId: '!a', readAt: 'a.test' },
    { roomId: '!b', readAt: 'home.test' },
  ];
  answers.saveWithin('a.test', 5, toRead);
  answers.given('a.test', 5, toRead);
  assert.deepEqual([...answers.all()], [['a.test', 5]]);
  answers.read('a.test', '!a');
  answers.read('a.test', '!b');
  assert.equal(saved.size, 0);
  answers.read('home.test', '!b');
  assert.deepEqual([...saved], [['a.test', 5]]);
});

test('an answer that named no room is saved with it', () => {
  const { answers, saved } = world();
  answers.saveWithin('a.test', 5, []);
  assert.deepEqual([...saved], [['a.test', 5]]);
});

test('answers that are forgotten are asked for again, and reading does not save them', () => {
  const { answers, saved } = world();
  answers.given('a.test', 5, [{ roomId: '!a', readAt: 'a.test' }]);
  answers.forget();
  answers.read('a.test', '!a');
  assert.deepEqual([answers.all().size, saved.size], [0, 0]);
});
