/**
 * Questions before anything that is irreversible or gives someone access. The app asks them in a dialog of its own, which
 * no page can answer.
 */
import type { Input, ProcedureName } from '../../../shared/api/contract.ts';
import { confirmedNatively } from '../../../shared/api/shell.ts';
import { withoutMarkup as plain } from '../../../shared/protocol/coding/plain-text.ts';
import type { Words } from '../../../shared/words/words.ts';

export interface Question {
  readonly message: string;
  readonly detail: string;
  /** The label of the button that means yes. */
  readonly button: string;
}

type Confirmed = (typeof confirmedNatively)[number];
type Texts = Words['desktop']['confirm'];

const questions: { readonly [N in Confirmed]: (texts: Texts, input: Input<N>) => Question } = {
  forgetPeer: ({ forgetPeer: { message, detail, button } }, { server_name }) => ({
    message: message({ peer: plain(server_name) }),
    detail,
    button,
  }),
  discardHeld: ({ discardHeld: { some, all, detail, button } }, { server_name, event_ids }) => {
    const peer = plain(server_name);
    return { message: event_ids ? some({ count: event_ids.length, peer }) : all({ peer }), detail, button };
  },
  giveUpOutbox: ({ giveUpOutbox: { message, detail, button } }, { destination }) => ({
    message: message({ peer: plain(destination) }),
    detail,
    button,
  }),
  rotateKeys: ({ rotateKeys }) => rotateKeys,
  exportIdentity: ({ exportIdentity }) => exportIdentity,
  addToken: ({ addToken: { message, detail, button } }, { name, user_id }) => ({
    message: message({ name: plain(name), user: plain(user_id) }),
    detail,
    button,
  }),
  makeLoginLink: ({ makeLoginLink }) => makeLoginLink,
  limitRoom: ({ limitRoom }) => limitRoom,
};

const keepsAll = ({ days, megabytes }: Input<'limitRoom'>): boolean => days === null && megabytes === null;

/** `null` if the procedure needs no question. The input has been validated. */
export function questionFor(name: ProcedureName, input: unknown, words: Words): Question | null {
  const confirmed = confirmedNatively.find((one) => one === name);
  if (confirmed === undefined) return null;
  if (name === 'limitRoom' && keepsAll(input as Input<'limitRoom'>)) return null;
  return (questions[confirmed] as (texts: Texts, input: unknown) => Question)(words.desktop.confirm, input);
}
