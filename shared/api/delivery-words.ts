/**
 * The delivery state of events written here. This file decides which sentence fits, for the screens and the command
 * line; the sentence comes from the reader's catalog (shared/words/en/screens/delivery.ts).
 */
import type { delivery } from '../words/en/screens/delivery.ts';
import type { Spoken } from '../words/messages.ts';
import type { DeliveryDestination, DeliverySummary, LackingView } from './views/delivery-views.ts';

/** `wordsIn(…)`, or the `text` of the screens. */
interface DeliveryReader {
  readonly delivery: Spoken<typeof delivery>;
  readonly locale: string;
}

/** The name by which the reader knows a server. The command line names it by its ID, because commands take that. */
type NameOf = (server: string) => string;
const byId: NameOf = (server) => server;

const sentences = (...parts: readonly (string | null)[]): string =>
  parts.filter((part) => part !== null && part !== '').join(' ');

/** “Next try in 40 seconds.” Times are unix milliseconds; `null` if there is no next try. */
export function nextTryWords({ delivery, locale }: DeliveryReader, at: number | null, now: number): string {
  if (at === null) return '';
  const seconds = Math.ceil((at - now) / 1000);
  if (seconds <= 0) return delivery.nextTryNow;
  const minutes = Math.round(seconds / 60);
  const [count, unit] =
    seconds < 90
      ? ([seconds, 'second'] as const)
      : minutes < 90
        ? ([minutes, 'minute'] as const)
        : ([Math.round(minutes / 60), 'hour'] as const);
  return delivery.nextTry({ when: new Intl.RelativeTimeFormat(locale).format(count, unit) });
}

/** Says about one server whether it has the event, why not, and when the next try is. */
export function destinationWords(
  reader: DeliveryReader,
  one: DeliveryDestination,
  now: number,
  notShownAt: string | null = null,
  nameOf: NameOf = byId,
): string {
  const words = reader.delivery.destination;
  const { server_name, state, via, reason } = one;
  const because = sentences(reason, nextTryWords(reader, one.next_attempt_at, now));
  switch (state) {
    case 'delivered':
      return server_name === notShownAt ? words.notShown : words.delivered;
    case 'held':
      return words.held;
    case 'handed_over':
      return sentences(
        words.handedOver({ home: nameOf(via ?? '') }),
        reason ?? words.unknown({ server: nameOf(server_name) }),
      );
    case 'queued':
      if (because !== '') return because;
      return via === null ? words.sending : words.passedOn({ home: nameOf(via) });
    case 'retrying':
    case 'parked':
      return sentences(words.notYet, because);
    case 'dead':
      // A delivery that you discarded is no longer in the queue.
      return reason === reader.delivery.gaveUp
        ? reason
        : sentences(words.failed, reason, via === null ? words.sendAgain : null);
  }
}

/** Whether the only server known to have accepted it is a home that doesn't show it to its users. */
export const isOnlyAccepted = ({ destinations, not_shown_at }: DeliverySummary): boolean =>
  not_shown_at !== null &&
  destinations.every(
    ({ server_name, state }) =>
      state === 'handed_over' || (server_name === not_shown_at && state === 'delivered'),
  );

/** How many servers have it. An event handed to a home isn't counted until the home has reported more. */
export function summaryWords(
  { delivery: words, locale }: DeliveryReader,
  delivery: DeliverySummary,
  nameOf: NameOf = byId,
): string {
  const { total, delivered, destinations, not_shown_at } = delivery;
  const { summary } = words;
  if (total === 0) return summary.nowhere;
  if (isOnlyAccepted(delivery)) return summary.accepted({ home: not_shown_at ?? '' });
  if (delivered === total)
    return not_shown_at === null
      ? summary.all({ total })
      : summary.allNotShown({ total, home: not_shown_at });
  const handed = destinations.filter((one) => one.state === 'handed_over');
  const homes = new Set(handed.map((one) => one.via ?? ''));
  const isAllWeKnow = destinations.every((one) => one.state === 'handed_over' || homes.has(one.server_name));
  if (handed.length > 0 && isAllWeKnow)
    return summary.handedOver({ homes: new Intl.ListFormat(locale).format([...homes].map(nameOf)) });
  if (total > 1) return summary.some({ delivered, total });
  const state = destinations[0]?.state;
  return state === 'held' ? summary.held : state === 'dead' ? summary.failed : summary.none;
}

/** Says what one member server lacks of the events written here, and who delivers them. */
export function lackingWords(
  reader: DeliveryReader,
  one: LackingView,
  now: number,
  nameOf: NameOf = byId,
): string {
  const { waiting, unknown, refused, held } = one;
  const words = reader.delivery.lacking;
  const server = nameOf(one.server_name);
  const home = nameOf(one.via ?? '');
  return sentences(
    waiting === 0
      ? null
      : sentences(
          words.queued({ home, server, count: waiting }),
          one.reason,
          nextTryWords(reader, one.next_attempt_at, now),
        ),
    unknown === 0 ? null : words.unknown({ home, server, count: unknown }),
    held === 0 ? null : words.held({ server, count: held }),
    refused === 0 ? null : words.refused({ home, server, count: refused }),
  );
}
