/** How far what was written here has got, in words: the same on the screens and on the command line. */
import type { ReceiptReason } from '../protocol/receipts.ts';
import type { DeliveryDestination, DeliverySummary, LackingView } from './views.ts';

const events = (count: number): string => (count === 1 ? '1 event' : `${count} events`);
const sentence = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');

/** Why a member server lacks an event, where its room's home says so. */
export function reasonWords(reason: ReceiptReason, home: string): string {
  switch (reason) {
    case 'unreachable':
      return `${home} cannot reach it.`;
    case 'failing':
      return `It answers ${home} with an error.`;
    case 'busy':
      return `It asks ${home} to send more slowly.`;
    case 'closed':
      return `It does not let ${home} in for now.`;
    case 'wrong_place':
      return `Something other than its server answers ${home} at its address.`;
    case 'rejected':
      return `It refused this when ${home} delivered it.`;
    case 'expired':
      return `${home} tried for too long and gave up.`;
    case 'dropped':
      return `${home} no longer tries to deliver it.`;
  }
}

export const gaveUp = 'You gave up sending it.';
export const homeDoesNotTell = (home: string): string => `${home} does not report which servers have it.`;
export const homeHolds = (home: string): string => `${home} holds it until its owner decides.`;
export const homeLacksIt = (home: string): string =>
  `It would get this from ${home}, which does not have it either.`;

/** “Next try in 40 s.” Times are unix milliseconds; `null` when nothing is tried again. */
export function nextTryWords(at: number | null, now: number): string {
  if (at === null) return '';
  const seconds = Math.ceil((at - now) / 1000);
  if (seconds <= 0) return 'Next try at any moment.';
  if (seconds < 90) return `Next try in ${seconds} s.`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `Next try in ${minutes} min.` : `Next try in ${Math.round(minutes / 60)} h.`;
}

/** What is known of one server: whether it has it, or why not, and when that is tried next. */
export function destinationWords(
  one: DeliveryDestination,
  now: number,
  notShownAt: string | null = null,
): string {
  const { server_name, state, via, reason } = one;
  const next = nextTryWords(one.next_attempt_at, now);
  const because = sentence(reason ?? '', next);
  switch (state) {
    case 'delivered':
      return server_name === notShownAt ? 'Accepted it, but does not show it in the guild.' : 'Has it.';
    case 'held':
      return 'Held there until its owner decides.';
    case 'handed_over':
      return `Handed to ${via}. ${reason ?? `It is not known yet whether ${server_name} has it.`}`;
    case 'queued':
      return because !== ''
        ? because
        : via === null
          ? 'On its way.'
          : `Gets it from ${via}, once ${via} has it.`;
    case 'retrying':
    case 'parked':
      return sentence('Does not have it yet.', because);
    case 'dead':
      return reason === gaveUp
        ? gaveUp
        : sentence('Does not have it.', reason ?? '', via === null ? 'You can send it again.' : '');
  }
}

/** Whether all that has taken it, as far as is known, is a home that does not show it to its users. */
export const isOnlyAccepted = ({ destinations, not_shown_at }: DeliverySummary): boolean =>
  not_shown_at !== null &&
  destinations.every(
    ({ server_name, state }) =>
      state === 'handed_over' || (server_name === not_shown_at && state === 'delivered'),
  );

function allHaveIt(total: number): string {
  if (total === 1) return 'The other server has it';
  return total === 2 ? 'Both other servers have it' : `All ${total} other servers have it`;
}

/** How many servers have it. Handed to a home counts for nobody until the home has told more. */
export function summaryWords(delivery: DeliverySummary): string {
  const { total, delivered, destinations, not_shown_at } = delivery;
  if (total === 0) return 'It goes to no other server';
  if (isOnlyAccepted(delivery)) return `Accepted by ${not_shown_at}, which does not show it in the guild`;
  if (delivered === total) {
    const all = allHaveIt(total);
    return not_shown_at === null ? all : `${all}, but ${not_shown_at} does not show it in the guild`;
  }
  const handed = destinations.filter((one) => one.state === 'handed_over');
  const homes = new Set(handed.map((one) => one.via));
  const isAllWeKnow = destinations.every((one) => one.state === 'handed_over' || homes.has(one.server_name));
  if (handed.length > 0 && isAllWeKnow) return `Handed to ${[...homes].join(', ')}`;
  if (total > 1) return `${delivered} of ${total} other servers ${delivered === 1 ? 'has' : 'have'} it`;
  return destinations[0]?.state === 'held'
    ? 'The other server holds it until its owner decides'
    : 'The other server does not have it';
}

/** What one member server lacks of what was written here, and who delivers it. */
export function lackingWords(one: LackingView, now: number): string {
  const { server_name, via, waiting, unknown, refused, held } = one;
  return sentence(
    waiting === 0
      ? ''
      : sentence(
          `${via} still has to deliver ${events(waiting)} to ${server_name}.`,
          one.reason ?? '',
          nextTryWords(one.next_attempt_at, now),
        ),
    unknown === 0
      ? ''
      : `It is not known yet whether ${events(unknown)} reached ${server_name} through ${via}.`,
    held === 0 ? '' : `${server_name} holds ${events(held)} until its owner decides.`,
    refused === 0 ? '' : `${via} could not deliver ${events(refused)} to ${server_name} and no longer tries.`,
  );
}
