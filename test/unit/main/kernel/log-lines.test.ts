import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LogLines, openEnd } from '../../../../main/kernel/log-lines.ts';
import { tempDir } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';

const skip = process.platform === 'linux' ? false : 'needs /proc/self/fd';

/** A pipe as a shell makes it: writing to it blocks. */
function pipe(t: TestContext) {
  const path = join(tempDir(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  t.after(() => closeSync(writer));
  const read = (): string => {
    const buffer = Buffer.alloc(65_536);
    try {
      return buffer.toString('utf8', 0, readSync(reader, buffer));
    } catch {
      return '';
    }
  };
  return { read, writer, closeReader: () => closeSync(reader) };
}

test('a reader that stalls holds up nothing, gets what fits, and learns how much was dropped', {
  skip,
}, async (t) => {
  const { read, writer, closeReader } = pipe(t);
  t.after(closeReader);
  const end = openEnd(writer);
  t.after(() => closeSync(end));
  const lines = new LogLines(end);
  for (let at = 0; at < 3_000; at++) lines.write(`${at} ${'x'.repeat(1_000)}\n`);
  let text = '';
  await until([], 'the last line', () => {
    text += read();
    return text.includes('"msg"');
  });
  const got = text.trimEnd().split('\n');
  const numbers = got.slice(0, -1).map((line) => Number(line.split(' ', 1)[0]));
  assert.deepEqual(numbers, [...numbers.keys()], 'in order, none cut');
  assert.deepEqual(JSON.parse(got.at(-1) ?? ''), {
    level: 'warn',
    dropped: 3_000 - numbers.length,
    msg: 'nobody read the log, so lines were dropped',
  });
  lines.write('after that\n');
  assert.equal(read(), 'after that\n');
});

test('a line that nobody can read any more is lost, and nothing else happens', { skip }, (t) => {
  const { writer, closeReader } = pipe(t);
  const lines = new LogLines(writer);
  closeReader();
  lines.write('to nobody\n');
  lines.write('again\n');
});
