/**
 * Secrets bypass the page: a recovery file goes straight to a file that the owner picks, tokens and login links go to
 * the clipboard. An attacker who controls the page could send elsewhere whatever it gets. The page still sees what is typed
 * into it, such as a passphrase, because Electron has no dialog with a text field.
 */
import { basename } from 'node:path';
import type { Api, Input, Output, ProcedureName } from '../../../shared/api/contract.ts';
import { recoveryFileName } from '../../../shared/api/views/access-views.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { errorText } from '../../../shared/words/refusal.ts';
import type { Words } from '../../../shared/words/words.ts';
import { writeFileAtomically } from '../../identity/vault.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { ParacordNode } from '../../node.ts';

export interface SecretDeps {
  /** Asks where to save a file and suggests this name; `null` if the owner cancels. */
  readonly chooseFile: (name: string) => Promise<string | null>;
  /** Copies to the clipboard; rejects if the system refuses. */
  readonly copy: (text: string) => Promise<void>;
  readonly saveRecoveryFile: ParacordNode['saveRecoveryFile'];
  readonly clock: Pick<Clock, 'now'>;
}

type Handover<N extends ProcedureName> = (
  api: Api,
  input: Input<N>,
  deps: SecretDeps,
  words: Words,
) => Promise<Output<N>>;

/** Each answers as the node does, but without the secret. Throws Cancelled if the owner cancels. */
const handovers = {
  async exportIdentity(api, { passphrase }, { chooseFile, saveRecoveryFile, clock }, words) {
    const { server_name } = await api.status({});
    const path = await chooseFile(recoveryFileName(server_name ?? '', clock.now()));
    if (path === null) throw new Cancelled();
    await saveRecoveryFile(passphrase, (text) =>
      orSay(words.desktop.secrets.notSaved, words, async () => writeFileAtomically(path, text)),
    );
    return { file_name: basename(path), text: '' };
  },

  async addToken(api, input, { copy }, words) {
    const made = await api.addToken(input);
    try {
      await orSay(words.desktop.secrets.tokenNotCopied, words, () => copy(made.token));
    } catch (error) {
      // The token was shown to nobody.
      await api.revokeToken({ id: made.id });
      throw error;
    }
    return { ...made, token: '' };
  },

  async makeLoginLink(api, input, { copy }, words) {
    const made = await api.makeLoginLink(input);
    await orSay(words.desktop.secrets.linkNotCopied, words, () => copy(made.url));
    return { ...made, url: '' };
  },
} satisfies { readonly [N in ProcedureName]?: Handover<N> };

export const handoverOf = (name: ProcedureName): Handover<ProcedureName> | null =>
  name in handovers ? (handovers[name as keyof typeof handovers] as Handover<ProcedureName>) : null;

/** The owner cancelled. */
export class Cancelled extends Error {}

async function orSay(
  sentence: (values: { reason: string }) => string,
  words: Words,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new ProtocolError('CONFLICT', sentence({ reason: errorText(words, error) }));
  }
}
