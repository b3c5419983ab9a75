/**
 * The calls that the screens may make to the desktop app around them, in addition to the node's contract. A browser has
 * no such shell. Like the contract, this table is the one source of types, validation and IPC channels.
 */
import * as v from 'valibot';
import type { Api, ProcedureName } from './contract.ts';
import type { Change } from './topics.ts';

export const UpdateView = v.object({
  /** `managed`: a store owns the files, or the app can't know where newer ones are. */
  state: v.picklist(['managed', 'current', 'checking', 'available', 'downloading', 'ready', 'failed']),
  /** The version that is ready, or being downloaded. */
  version: v.nullable(v.string()),
  text: v.string(),
  /** The page where the owner can download the new version, if the app can't install it. */
  page: v.nullable(v.string()),
});

export const ShellView = v.object({
  platform: v.picklist(['linux', 'windows', 'macos']),
  /** `null` if the system doesn't have this. */
  start_at_login: v.nullable(v.boolean()),
  /** The owner hasn't said yet whether the app starts at login. */
  offers_start_at_login: v.boolean(),
  notifications: v.boolean(),
  /** The system shows none, although they are on. */
  notifications_refused: v.boolean(),
  /** Closing the window leaves the app running. */
  keeps_running: v.boolean(),
  asks_to_quit: v.boolean(),
  checks_spelling: v.boolean(),
  /** The computer doesn't go to sleep by itself. */
  keeps_awake: v.boolean(),
  /** An AppImage has an entry in the applications menu; `null` for everything else. */
  in_menu: v.nullable(v.boolean()),
  /** Whether an icon in the tray shows that the app still runs after its window was closed. */
  tray: v.boolean(),
  /** How the identity file is protected: by the platform's key store, or by its mode alone. */
  keys_sealed: v.boolean(),
  /** The server can run as a service instead, on the same data folder. */
  offers_service: v.boolean(),
  update: UpdateView,
});

interface ShellProcedure<
  I extends v.GenericSchema = v.GenericSchema,
  O extends v.GenericSchema = v.GenericSchema,
> {
  readonly input: I;
  readonly output: O;
}

const procedure = <I extends v.GenericSchema, O extends v.GenericSchema>(
  input: I,
  output: O,
): ShellProcedure<I, O> => ({ input, output });

export const shellContract = {
  shell: procedure(v.object({}), ShellView),
  changeShell: procedure(
    v.object({
      start_at_login: v.optional(v.boolean()),
      notifications: v.optional(v.boolean()),
      keeps_running: v.optional(v.boolean()),
      asks_to_quit: v.optional(v.boolean()),
      checks_spelling: v.optional(v.boolean()),
      keeps_awake: v.optional(v.boolean()),
      in_menu: v.optional(v.boolean()),
    }),
    ShellView,
  ),
  /**
   * Seals keys that were created without the key store. Asks first, because a node without the app can't open them
   * then.
   */
  sealKeys: procedure(v.object({}), ShellView),
  /** Asks first. Ends the app, and runs the server without it. CONFLICT with a sentence if that isn't possible. */
  becomeService: procedure(v.object({}), ShellView),
  checkForUpdate: procedure(v.object({}), ShellView),
  installUpdate: procedure(v.object({}), v.object({ done: v.literal(true) })),
  /** The page is ready and asks for the link that the app was opened with. It is returned once. */
  takeLink: procedure(v.object({}), v.object({ link: v.nullable(v.string()) })),
} as const;

type ShellContract = typeof shellContract;
export type ShellProcedureName = keyof ShellContract;
type ShellInput<N extends ShellProcedureName> = v.InferOutput<ShellContract[N]['input']>;
type ShellOutput<N extends ShellProcedureName> = v.InferOutput<ShellContract[N]['output']>;
export type ShellApi = {
  readonly [N in ShellProcedureName]: (input: ShellInput<N>) => Promise<ShellOutput<N>>;
};
export type ShellView = v.InferOutput<typeof ShellView>;
export type UpdateView = v.InferOutput<typeof UpdateView>;

/**
 * Actions that can't be undone, or that outlast the page: someone who takes control of the page must not take the
 * identity away or let others in. The desktop app asks in its own window, which the page can't click.
 */
export const confirmedNatively = [
  'forgetPeer',
  'discardHeld',
  'giveUpOutbox',
  'rotateKeys',
  'exportIdentity',
  'addToken',
  'makeLoginLink',
  'limitRoom',
] as const satisfies readonly ProcedureName[];

/** An answer over IPC, because thrown errors would lose their code and details. */
export type BridgeAnswer =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly error: {
        /** The HTTP status; 0 with the code CANCELLED if the owner said no in the app's own window. */
        readonly status: number;
        readonly code: string;
        readonly message: string;
        readonly details: Readonly<Record<string, unknown>> | null;
      };
    };

/** `locale`: the language of sentences in the answer. */
export type BridgeCall = (input: unknown, locale: string) => Promise<BridgeAnswer>;

/** The preload script adds this to the page as `window.paracord`: named functions with plain values. */
export interface Bridge {
  readonly node: { readonly [N in keyof Api]: BridgeCall };
  readonly shell: { readonly [N in ShellProcedureName]: BridgeCall };
  /** Returns the function that unsubscribes. */
  onChange(listener: (change: Change) => void): () => void;
  onShellChange(listener: (shell: ShellView) => void): () => void;
  /** A `paracord://` link was opened; ask for it with `takeLink`. */
  onLink(listener: () => void): () => void;
}
