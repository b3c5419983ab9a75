import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { MovedView } from '../../../shared/api/views/access-views.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { errorText } from '../../../shared/words/refusal.ts';
import { createLog } from '../../kernel/log.ts';
import { systemPorts } from '../../kernel/ports.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import type { StartFlags } from '../flags.ts';
import { version } from '../run-node.ts';
import { explained } from '../start-failure.ts';
import { createNodeFor } from './create-node.ts';

/** Rows copied or compared, in words. */
export type OnMoved = (done: number, total: number | null, text: string) => void;

/**
 * Moves the data of a stopped node, which sends and receives nothing meanwhile. Throws CommandFailure, as a start or a
 * running node would; then the data is where it was.
 */
export async function moveStopped(
  flags: StartFlags,
  to: string,
  locale: string,
  onMoved: OnMoved,
): Promise<MovedView> {
  const dataDir = resolve(flags.dataDir);
  const path = join(dataDir, 'node.db');
  if (!existsSync(path))
    throw new CommandFailure('NOT_FOUND', exitCodes.usage, ({ start }) => start.repair.nothing({ path }));
  const { listen, control, tls, byFlag } = flags;
  const config = { dataDir, listen, control, tls, byFlag, publicUrl: null, version };
  try {
    const node = await createNodeFor(flags, config, systemPorts, { log: createLog('error') }, true);
    const api = node.apiIn(locale);
    const show = async (): Promise<void> => {
      for (const { kind, done, total, text } of (await api.work({})).items)
        if (kind === 'move') onMoved(done, total, text);
    };
    node.changes.subscribe(({ change }) => {
      if (change.topic === 'work') show().catch(() => {});
    });
    try {
      return await api.moveData({ to });
    } finally {
      await node.stop();
    }
  } catch (error) {
    throw error instanceof ProtocolError ? refused(error) : explained(error, flags);
  }
}

/** As the answer of a running node. */
const refused = (error: ProtocolError): CommandFailure =>
  new CommandFailure(
    error.code,
    error.code === 'BAD_REQUEST' ? exitCodes.usage : exitCodes.refused,
    (words) => errorText(words, error),
  );
