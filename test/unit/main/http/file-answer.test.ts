import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { paceReader } from '../../../../main/http/file-answer.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

test('a reader who takes a file byte by byte is cut off, and one on a slow line is not', async () => {
  const minutes = 10;
  for (const [perMinute, isCut] of [
    [1, true],
    [2 * limits.slowestBytesPerMs * 60_000, false],
  ] as const) {
    const clock = new VirtualClock();
    const socket = new Socket();
    let bytesWritten = 0;
    Object.defineProperty(socket, 'bytesWritten', { get: () => bytesWritten });
    const res = new EventEmitter();
    paceReader({ req: { socket }, res } as never, clock);
    for (let minute = 0; minute < minutes; minute++) {
      bytesWritten += perMinute;
      await clock.advance(60_000);
    }
    assert.equal(socket.destroyed, isCut, `${perMinute} bytes a minute`);
    res.emit('close');
    socket.destroy();
  }
});
