import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ownFlags, RestartNote } from '../../../../../main/desktop/process/restart.ts';
import { tempDir } from '../../../../support/temp.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

test('an app restarts with its owner’s flags, but without those for a single start', () => {
  assert.deepEqual(
    ownFlags([
      ...['--no-sandbox', '--data-dir=/x', '--background', '--updated', '-Embedding', '--unlock-attempt=3'],
      ...['--control', '127.0.0.1:1', 'paracord://room/!1%3Ab.test', '--behind-a-link'],
    ]),
    ['--data-dir=/x', '--control', '127.0.0.1:1'],
  );
});

function noteIn(t: TestContext) {
  const dataDir = join(tempDir(t), 'app', 'data');
  const clock = new VirtualClock();
  return { note: new RestartNote(dataDir, clock), clock, file: `${dataDir}.restart.json` };
}

test('after an update the app has the flags from before, though nobody passed them on', (t) => {
  const { note, file } = noteIn(t);
  // The installer for Windows, and macOS.
  for (const args of [['--updated'], []]) {
    note.leave(['--data-dir=/x', '--background']);
    assert.deepEqual(note.take(args), ['--data-dir=/x', ...args]);
    assert.equal(existsSync(file), false);
    assert.deepEqual(note.take(args), args, 'once');
  }
});

test('saved flags aren’t used by a start with its own flags, or by a later one', async (t) => {
  const { note, clock, file } = noteIn(t);
  note.leave(['--data-dir=/x']);
  assert.deepEqual(note.take(['--data-dir=/y']), ['--data-dir=/y']);
  assert.equal(existsSync(file), false);
  note.leave(['--data-dir=/x']);
  await clock.advance(15 * 60_000 + 1);
  assert.deepEqual(note.take([]), []);
});

test('an update that could not be installed leaves no flags behind, and a damaged note is ignored', (t) => {
  const { note, file } = noteIn(t);
  note.leave(['--data-dir=/x']);
  note.remove();
  assert.deepEqual(note.take([]), []);
  note.leave([]);
  assert.equal(existsSync(file), false, 'there is nothing to leave');
  note.leave(['--data-dir=/x']);
  writeFileSync(file, '{"flags":"--data-dir=/y","at":0}');
  assert.deepEqual(note.take([]), []);
});
