/** The questions asked before what cannot be undone or lets others in, in the app's own window, which no page can answer. */
import type { Input, ProcedureName } from '../../../shared/api/contract.ts';
import { confirmedNatively } from '../../../shared/api/shell.ts';
import { plain } from '../plain-text.ts';
import { text } from '../text.ts';

export interface Question {
  readonly message: string;
  readonly detail: string;
  /** What the button says that does it. */
  readonly button: string;
}

type Confirmed = (typeof confirmedNatively)[number];

const words = text.confirm;
const questions: { readonly [N in Confirmed]: (input: Input<N>) => Question } = {
  forgetPeer: ({ server_name }) => ({
    ...words.forgetPeer,
    message: words.forgetPeer.message(plain(server_name)),
  }),
  discardHeld: ({ server_name, event_ids }) => ({
    ...words.discardHeld,
    message: event_ids
      ? words.discardHeld.some(event_ids.length, plain(server_name))
      : words.discardHeld.all(plain(server_name)),
  }),
  giveUpOutbox: ({ destination }) => ({
    ...words.giveUpOutbox,
    message: words.giveUpOutbox.message(plain(destination)),
  }),
  rotateKeys: () => words.rotateKeys,
  exportIdentity: () => words.exportIdentity,
  addToken: ({ name, user_id }) => ({
    ...words.addToken,
    message: words.addToken.message(plain(name), plain(user_id)),
  }),
  makeLoginLink: () => words.makeLoginLink,
};

/** `null` for what is done without asking. The input is one that was checked. */
export function questionFor(name: ProcedureName, input: unknown): Question | null {
  const confirmed = confirmedNatively.find((one) => one === name);
  if (confirmed === undefined) return null;
  return (questions[confirmed] as (input: unknown) => Question)(input);
}
