import type { Command } from 'commander';
import { ApiError } from '../../../shared/api/client.ts';
import { exitCodes } from '../../start/exit-codes.ts';
import { CommandFailure } from '../../start/failure.ts';
import { addCommand, type Shell } from '../command.ts';
import { readServerSentEvents, type ServerSentEvent } from '../server-sent-events.ts';
import { printable, when } from '../text.ts';

/** Prints changes until the node stops; with `--json` each change's JSON on a line. */
export function addWatchCommand(shell: Shell, program: Command): void {
  addCommand(shell, program, 'watch', 'what happens, live', async ({ node, json, print }) => {
    const answer = await node.stream();
    if (!answer.ok || !answer.body) throw await refusal(answer);
    try {
      for await (const event of readServerSentEvents(answer.body))
        print(json ? event.data : eventText(event));
    } catch (error) {
      // A stream that breaks off (a TypeError of fetch) means the same to whoever watches as one that ends.
      if (!(error instanceof TypeError)) throw error;
    }
    throw new CommandFailure(
      'NOT_RUNNING',
      exitCodes.notRunning,
      'The node stopped; watch again when it runs.',
    );
  });
}

async function refusal(answer: Response): Promise<ApiError> {
  const text = await answer.text();
  try {
    const { code, message } = JSON.parse(text);
    return new ApiError(answer.status, String(code), String(message));
  } catch {
    return new ApiError(
      answer.status,
      'INTERNAL_ERROR',
      `the stream was refused with status ${answer.status}`,
    );
  }
}

function eventText({ event, data }: ServerSentEvent): string {
  const { topic: _topic, ...fields }: Record<string, unknown> = JSON.parse(data);
  const words = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
  return printable([when(Date.now()), event.padEnd(8), ...words].join('  ').trimEnd());
}
