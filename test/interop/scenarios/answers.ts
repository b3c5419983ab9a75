import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import {
  dialogue,
  limitedDialogue,
  type RecordedAnswer,
} from '../../support/existing-server/existing-server-dialogue.ts';
import { buildOf } from '../build.ts';
import type { Section } from '../scenario.ts';

export const answers: Section = {
  title: 'What the stand-in of `npm test` relies on',
  scenarios: [
    {
      id: 'recorded',
      title: 'It answers every call of the draft, and every unknown call, as recorded',
      async run(ground) {
        const server = await ground.server();
        const said = await dialogue(server, ground);
        const file = new URL(`../../vectors/existing-server/${ground.release}-default.json`, import.meta.url);
        if (!existsSync(file))
          throw new Error(`no recording of ${ground.release}: make one with test/interop/record.ts`);
        const recording = JSON.parse(readFileSync(file, 'utf8')) as {
          answers: RecordedAnswer[];
          limited: RecordedAnswer;
        };
        const page = (await buildOf(server.url)) === 'with UI';
        for (const [at, recorded] of recording.answers.entries())
          assert.deepEqual(said[at], page ? recorded : withoutPage(recorded), recorded.call);
        const limited = await limitedDialogue(await ground.server({ eventsPerMinute: 1 }), ground);
        assert.deepEqual(limited, recording.limited);
        return undefined;
      },
    },
  ],
};

const withoutPage = (answer: RecordedAnswer): RecordedAnswer =>
  answer.body === '<page>' ? { ...answer, status: 404, type: null, body: '' } : answer;
