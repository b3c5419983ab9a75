/**
 * Records what an existing server answers: `PARACORD_SERVER_BIN=/path/to/it node test/interop/record.ts`. The tests
 * compare the stand-in with this recording.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ExistingServer } from '../support/existing-server/existing-server.ts';
import { dialogue, limitedDialogue } from '../support/existing-server/existing-server-dialogue.ts';
import { Afterwards } from './afterwards.ts';
import { buildOf } from './build.ts';

const jobs = new Afterwards();
try {
  const server = await ExistingServer.start(jobs);
  const answers = await dialogue(server, jobs);
  const limited = await limitedDialogue(await ExistingServer.start(jobs, { eventsPerMinute: 1 }), jobs);
  const release = await server.release();
  const build = await buildOf(server.url);
  const file = `../vectors/existing-server/${release}-${build === 'with UI' ? 'default' : 'no-ui'}.json`;
  const recorded = new Date().toISOString().slice(0, 10);
  writeFileSync(
    fileURLToPath(new URL(file, import.meta.url)),
    `${JSON.stringify({ release, build, recorded, answers, limited }, null, 2)}\n`,
  );
  console.log(`${answers.length} answers of ${release} (${build}) in ${file.slice(3)}`);
} finally {
  await jobs.run();
}
