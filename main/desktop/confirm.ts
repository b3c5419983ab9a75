/** The questions asked before what cannot be undone, in the app's own window, which no page can answer. */
import type { Input, ProcedureName } from '../../shared/api/contract.ts';
import { confirmedNatively } from '../../shared/api/shell.ts';
import { plain } from './plain-text.ts';

export interface Question {
  readonly message: string;
  readonly detail: string;
  /** What the button says that does it. */
  readonly button: string;
}

type Confirmed = (typeof confirmedNatively)[number];

const questions: { readonly [N in Confirmed]: (input: Input<N>) => Question } = {
  forgetPeer: ({ server_name }) => ({
    message: `Forget “${plain(server_name)}”?`,
    detail: 'Its keys are forgotten, and what still waits for it is given up. Adding it again starts anew.',
    button: 'Forget',
  }),
  discardHeld: ({ server_name, event_ids }) => ({
    message: event_ids
      ? `Throw away ${counted(event_ids.length, 'held event')} of “${plain(server_name)}”?`
      : `Throw away everything held of “${plain(server_name)}”?`,
    detail: 'Its server counts them as handed over and will not send them again.',
    button: 'Throw away',
  }),
  giveUpOutbox: ({ destination }) => ({
    message: `Give up this delivery to “${plain(destination)}”?`,
    detail: 'It will not be sent there again by itself. Others still get it.',
    button: 'Give up',
  }),
  rotateKeys: () => ({
    message: 'Change the signing key of this server?',
    detail:
      'A new key is announced to your peers and signs from then on. The old one cannot be taken back into use.',
    button: 'Change the key',
  }),
};

/** `null` for what is done without asking. The input is one that was checked. */
export function questionFor(name: ProcedureName, input: unknown): Question | null {
  const confirmed = confirmedNatively.find((one) => one === name);
  if (confirmed === undefined) return null;
  return (questions[confirmed] as (input: unknown) => Question)(input);
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
