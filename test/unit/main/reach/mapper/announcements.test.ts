import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stillRemembers } from '../../../../../main/reach/mapper/announcements.ts';

test('a router still has its mappings if its clock has advanced at our pace', () => {
  const at = (epochS: number, seconds: number) => ({ epochS, at: seconds * 1000 });
  assert.equal(stillRemembers(at(100, 0), at(700, 600)), true);
  assert.equal(stillRemembers(at(100, 0), at(665, 600)), true, 'a sixteenth slow');
  assert.equal(stillRemembers(at(100, 0), at(99, 0)), true, 'a second back is rounding');
  assert.equal(stillRemembers(at(100, 0), at(0, 600)), false, 'restarted');
  assert.equal(stillRemembers(at(100, 0), at(400, 600)), false, 'restarted, and runs for longer than before');
  assert.equal(stillRemembers(at(100, 0), at(2000, 600)), false, 'jumped');
});
