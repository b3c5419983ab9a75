import type { Output } from '../../../shared/api/contract.ts';
import { lackingWords } from '../../../shared/api/delivery-words.ts';
import { standingOfDelivery, standingOfQueue } from '../../../shared/api/standing.ts';
import type { OutboxDestinationView, OutboxEntryView } from '../../../shared/api/views/delivery-views.ts';
import { printable } from '../../../shared/protocol/coding/plain-text.ts';
import type { Words } from '../../../shared/words/words.ts';
import { type Branch, listOutcome, paging, pagingOptions } from '../command.ts';
import { number, standingText, table, when } from '../text.ts';

export function addOutboxCommands(program: Branch): void {
  const { words } = program;
  const { commands } = words.cliHelp;
  const texts = words.cli.outbox;
  const outbox = program.noun('outbox', commands.outbox, async ({ api }) => {
    const [{ items, next }, lacking] = await Promise.all([api.outbox({}), api.lacking({})]);
    return {
      json: { items, next, lacking: lacking.items, silent: lacking.silent },
      text: outboxText(words, items, lacking),
    };
  });

  outbox.add('show <destination>', commands.outboxShow, pagingOptions(words), async (call) =>
    listOutcome(
      words,
      await call.api.outboxEntries({ destination: call.args[0]!, ...paging(call) }),
      entriesText,
    ),
  );

  outbox.add(
    'retry <destination> [event-ids...]',
    commands.outboxRetry,
    async ({ api, args: [destination, ...event_ids] }) => {
      const input = { destination: destination!, ...(event_ids.length > 0 ? { event_ids } : {}) };
      const answer = await api.retryOutbox(input);
      return { json: answer, text: texts.retrying({ count: answer.retried }) };
    },
  );

  outbox.add('drop <destination> <event-id>', commands.outboxDrop, async ({ api, args }) => ({
    json: await api.giveUpOutbox({ destination: args[0]!, event_id: args[1]! }),
    text: texts.dropped({ event: args[1]!, server: args[0]! }),
  }));
}

/** Pending deliveries, and what member servers still lack that a room’s home delivers. */
function outboxText(
  words: Words,
  destinations: readonly OutboxDestinationView[],
  { items, silent }: Output<'lacking'>,
): string {
  const now = Date.now();
  const elsewhere = items.map((one) => printable(lackingWords(words, one, now)));
  const quiet = silent.map((home) => printable(words.delivery.homeDoesNotTell({ home })));
  return [destinationsText(words, destinations), ...elsewhere, ...quiet].join('\n');
}

function destinationsText(words: Words, destinations: readonly OutboxDestinationView[]): string {
  const { heads, outbox } = words.cli;
  const rows = destinations.map((one) => [
    one.server_name,
    standingText(words, standingOfQueue(one)),
    number(words, one.queued + one.retrying + one.parked),
    number(words, one.dead),
    when(words, one.next_attempt_at),
    one.state_text,
  ]);
  const { destination, state, waiting, failed, nextAttempt } = heads;
  return table([destination, state, waiting, failed, nextAttempt, ''], rows, outbox.none);
}

function entriesText(words: Words, entries: readonly OutboxEntryView[]): string {
  const { heads, outbox } = words.cli;
  const rows = entries.map((entry) => [
    entry.event_id,
    entry.event_type,
    standingText(words, standingOfDelivery(entry.state)),
    number(words, entry.attempts),
    when(words, entry.next_attempt_at),
    entry.last_error ?? '',
  ]);
  const { event, type, state, attempts, nextAttempt, lastError } = heads;
  return table([event, type, state, attempts, nextAttempt, lastError], rows, outbox.noneThere);
}
