import type { EventSourceMessage } from 'eventsource-parser';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { ApiError } from '../../../shared/api/client.ts';
import { printable } from '../../../shared/protocol/coding/plain-text.ts';
import { visibleJson } from '../../../shared/unicode/visible.ts';
import type { Words } from '../../../shared/words/words.ts';
import { CommandFailure, exitCodes } from '../../start/failure.ts';
import type { Branch } from '../command.ts';
import { when } from '../text.ts';

/** Prints changes until the node stops; with `--json` the JSON of one change per line. */
export function addWatchCommand(program: Branch): void {
  program.add('watch', program.words.cliHelp.commands.watch, async ({ node, json, words, print }) => {
    const answer = await node.stream();
    if (!answer.ok || !answer.body) throw await refusal(words, answer);
    try {
      const events = answer.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const event of events) print(json ? visibleJson(event.data) : eventText(words, event));
    } catch (error) {
      // A broken connection means the same here as a stream that ends.
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    }
    throw new CommandFailure('NOT_RUNNING', exitCodes.notRunning, ({ cli }) => cli.errors.watchEnded);
  });
}

async function refusal(words: Words, answer: Response): Promise<ApiError> {
  const text = await answer.text();
  try {
    const { code, message } = JSON.parse(text);
    return new ApiError(answer.status, String(code), String(message));
  } catch {
    return new ApiError(
      answer.status,
      'INTERNAL_ERROR',
      words.cli.errors.watchRefused({ status: answer.status }),
    );
  }
}

function eventText(words: Words, { event = 'message', data }: EventSourceMessage): string {
  const { topic: _topic, ...fields }: Record<string, unknown> = JSON.parse(data);
  const values = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
  return printable([when(words, Date.now()), event.padEnd(8), ...values].join('  ').trimEnd());
}
