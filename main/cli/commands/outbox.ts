import type { Command } from 'commander';
import type { Output } from '../../../shared/api/contract.ts';
import { lackingWords } from '../../../shared/api/delivery-words.ts';
import type { OutboxDestinationView, OutboxEntryView } from '../../../shared/api/views.ts';
import { wordsIn } from '../../../shared/words/words.ts';
import { addCommand, addNoun, listOutcome, paging, pagingOptions, type Shell } from '../command.ts';
import { count, printable, table, when } from '../text.ts';

export function addOutboxCommands(shell: Shell, program: Command): void {
  const outbox = addNoun(
    shell,
    program,
    'outbox',
    'what waits to be delivered, by destination',
    async ({ api }) => {
      const [{ items, next }, lacking] = await Promise.all([api.outbox({}), api.lacking({})]);
      return {
        json: { items, next, lacking: lacking.items, silent: lacking.silent },
        text: outboxText(items, lacking),
      };
    },
    [],
  );

  addCommand(
    shell,
    outbox,
    'show <destination>',
    'what waits for one destination, oldest first',
    async (call) =>
      listOutcome(await call.api.outboxEntries({ destination: call.args[0]!, ...paging(call) }), entriesText),
    pagingOptions,
  );

  addCommand(
    shell,
    outbox,
    'retry <destination> [event-ids...]',
    'try now, dead letters too; all of them or only those',
    async ({ api, args: [destination, ...event_ids] }) => {
      const input = { destination: destination!, ...(event_ids.length > 0 ? { event_ids } : {}) };
      const answer = await api.retryOutbox(input);
      return { json: answer, text: `Trying ${count(answer.retried, 'event')} again.` };
    },
  );

  addCommand(
    shell,
    outbox,
    'drop <destination> <event-id>',
    'give up delivering one event there',
    async ({ api, args }) => ({
      json: await api.giveUpOutbox({ destination: args[0]!, event_id: args[1]! }),
      text: `Gave up delivering ${args[1]!} to ${args[0]!}.`,
    }),
  );
}

/** What waits here, and what member servers lack that a room's home delivers. */
function outboxText(
  destinations: readonly OutboxDestinationView[],
  { items, silent }: Output<'lacking'>,
): string {
  const now = Date.now();
  const words = wordsIn('en');
  const elsewhere = items.map((one) => printable(lackingWords(words, one, now)));
  const quiet = silent.map((home) => printable(words.delivery.homeDoesNotTell({ home })));
  return [destinationsText(destinations), ...elsewhere, ...quiet].join('\n');
}

function destinationsText(destinations: readonly OutboxDestinationView[]): string {
  const rows = destinations.map((one) => [
    one.server_name,
    String(one.queued),
    String(one.retrying),
    String(one.parked),
    String(one.dead),
    when(one.next_attempt_at),
    one.state_text,
  ]);
  const heads = ['DESTINATION', 'QUEUED', 'RETRYING', 'PARKED', 'DEAD', 'NEXT ATTEMPT', ''];
  return table(heads, rows, 'Nothing is waiting to be sent.');
}

function entriesText(entries: readonly OutboxEntryView[]): string {
  const rows = entries.map((entry) => [
    entry.event_id,
    entry.event_type,
    entry.state,
    String(entry.attempts),
    when(entry.next_attempt_at),
    entry.last_error ?? '',
  ]);
  const heads = ['EVENT', 'TYPE', 'STATE', 'ATTEMPTS', 'NEXT ATTEMPT', 'LAST ERROR'];
  return table(heads, rows, 'Nothing waits for this destination.');
}
