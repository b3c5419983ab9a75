/** The contract over IPC: one handler per procedure, with the same checks for all, from the same tables as over HTTP. */
import type { IpcMainInvokeEvent, WebContents } from 'electron';
import { type Api, contract, type ProcedureName } from '../../../shared/api/contract.ts';
import { checkedInput, fieldsOf, refuseUnknownFields } from '../../../shared/api/input.ts';
import {
  type BridgeAnswer,
  type ShellApi,
  type ShellProcedureName,
  shellContract,
} from '../../../shared/api/shell.ts';
import { badRequest, forbidden, ProtocolError } from '../../../shared/protocol/errors.ts';
import { refusalBody, refusal as wordedRefusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { chooseLocale, wordsIn } from '../../../shared/words/words.ts';
import type { Electron } from '../host.ts';
import { appOrigin } from '../window/app-scheme.ts';
import { type Question, questionFor } from '../window/confirm.ts';
import { nodeChannel, shellChannel } from './channels.ts';
import { Cancelled, handoverOf, type SecretDeps } from './secrets.ts';

/** The same limit as for the control API over HTTP. */
export const inputCharsMax = 2 * 1024 * 1024;

interface IpcDeps extends SecretDeps {
  /** The node's API, with sentences in this locale. */
  readonly apiIn: (locale: string) => Api;
  readonly shell: ShellApi;
  /** The window's contents; `null` if there is no window. */
  readonly contents: () => WebContents | null;
  /** Asks in a dialog of the app. */
  readonly confirm: (question: Question) => Promise<boolean>;
  readonly log: { error(details: object, message: string): void };
}

type Schema = Parameters<typeof checkedInput>[0];

export function answerIpc(ipcMain: Pick<Electron['ipcMain'], 'handle'>, deps: IpcDeps): void {
  const handle = (
    channel: string,
    schema: Schema,
    run: (input: unknown, locale: string) => Promise<unknown>,
  ): void => {
    ipcMain.handle(channel, async (event, ...args): Promise<BridgeAnswer> => {
      const [, given] = args;
      const locale = chooseLocale(typeof given === 'string' ? [given] : []);
      try {
        if (!isOurPage(event, deps.contents())) throw forbidden(said('wire.own_page'));
        return { ok: true, value: await run(readInput(schema, args), locale) };
      } catch (error) {
        if (!(error instanceof ProtocolError) && !(error instanceof Cancelled))
          deps.log.error({ err: error, channel }, 'a procedure of the window failed');
        return refusal(error, locale);
      }
    });
  };
  for (const name of Object.keys(contract) as ProcedureName[]) {
    handle(nodeChannel(name), contract[name].input, async (input, locale) => {
      const words = wordsIn(locale);
      const question = questionFor(name, input, words);
      if (question && !(await deps.confirm(question))) throw new Cancelled();
      const api = deps.apiIn(locale);
      const handOver = handoverOf(name);
      if (handOver !== null) return handOver(api, input as never, deps, words);
      const call = api[name] as (input: unknown) => Promise<unknown>;
      return call(input);
    });
  }
  for (const name of Object.keys(shellContract) as ShellProcedureName[]) {
    const call = deps.shell[name] as (input: unknown) => Promise<unknown>;
    handle(shellChannel(name), shellContract[name].input, call);
  }
}

/** Whether the call comes from the top frame of our window, with our page in it. A frame that is gone throws. */
function isOurPage(
  event: Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>,
  contents: WebContents | null,
): boolean {
  try {
    const frame = event.senderFrame;
    return (
      contents !== null &&
      frame !== null &&
      event.sender === contents &&
      frame.parent === null &&
      frame.origin === appOrigin &&
      frame.url.startsWith(`${appOrigin}/`)
    );
  } catch {
    return false;
  }
}

/**
 * The input as it would arrive over HTTP: a JSON object of limited size with known fields only. A structured clone can
 * contain more than JSON can (dates, maps, cycles), which no procedure expects.
 */
function readInput(schema: Schema, args: readonly unknown[]): unknown {
  const [given = {}, locale = ''] = args;
  if (args.length > 2 || typeof locale !== 'string') throw badRequest(said('wire.ipc_arguments'));
  const input = asJson(given);
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw badRequest(said('wire.ipc_object'));
  refuseUnknownFields(input as Record<string, unknown>, fieldsOf(schema));
  return checkedInput(schema, input);
}

function asJson(value: unknown): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    throw badRequest(said('wire.ipc_json'));
  }
  if (text === undefined) throw badRequest(said('wire.ipc_json'));
  if (text.length > inputCharsMax) throw wordedRefusal('BAD_REQUEST', said('wire.ipc_size'), { status: 413 });
  return JSON.parse(text);
}

function refusal(error: unknown, locale: string): BridgeAnswer {
  if (error instanceof Cancelled)
    return {
      ok: false,
      error: { status: 0, code: 'CANCELLED', message: wordsIn(locale).desktop.nothingDone, details: null },
    };
  const { status, body } = refusalBody(wordsIn(locale), error);
  const { code, message, details } = body as {
    code: string;
    message: string;
    details: Readonly<Record<string, unknown>> | null;
  };
  return { ok: false, error: { status, code, message, details } };
}
