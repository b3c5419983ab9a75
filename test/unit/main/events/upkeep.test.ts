import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upkeep } from '../../../../main/events/upkeep.ts';

test('a room that has to be rebuilt again and again waits for one rebuild, after the one that has begun', async () => {
  const rebuilt: string[] = [];
  const begun = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  const upkeep = new Upkeep({
    store: {
      rooms: { setProjected: (room: string) => rebuilt.push(room) },
      writer: {
        write: async (work: () => unknown) => {
          begun.resolve();
          await going.promise;
          return work();
        },
      },
    },
    tables: { rooms: { get: () => undefined } },
  } as unknown as ConstructorParameters<typeof Upkeep>[0]);
  const first = upkeep.rebuild('!1:a.test');
  await begun.promise;
  const later = ['!1:a.test', '!2:a.test', '!1:a.test', '!1:a.test'].map((room) => upkeep.rebuild(room));
  going.resolve();
  await Promise.all([first, ...later]);
  assert.deepEqual(rebuilt, ['!1:a.test', '!1:a.test', '!2:a.test']);
});
