import { isAbsolute } from 'node:path';
import type { TlsConfig } from '../shared/api/contract/tls.ts';
import { inputRefusal } from '../shared/api/input.ts';
import type { FlaggedSetting, SettingsView } from '../shared/api/views/node-views.ts';
import { refusal } from '../shared/words/refusal.ts';
import { said } from '../shared/words/said.ts';
import type { Tell } from './facts.ts';
import { type Listeners, listenProblem, type TakeBack } from './http/listeners.ts';
import { SerialQueue } from './kernel/queue.ts';
import type { Traffic } from './outbound/traffic.ts';
import type { Changeable, Settings } from './settings.ts';
import type { Tables } from './store/ports.ts';
import { TlsConfigError } from './tls/pair.ts';
import { baseUrl } from './trust/discovery/endpoint.ts';
import type { KeyExtensions } from './trust/keys/key-extensions.ts';

/** Changes that the owner asks for; `undefined` leaves a setting unchanged. */
type Wanted = { readonly [K in keyof Changeable]?: Changeable[K] | undefined };

const flagOf: Readonly<Record<FlaggedSetting, string>> = {
  port: '--listen',
  tls: '--tls',
  public_url: '--public-url',
};

interface Deps {
  readonly settings: Settings;
  readonly store: Tables<'erasures' | 'writer'>;
  readonly listeners: Pick<Listeners, 'change'>;
  readonly traffic: Pick<Traffic, 'setPaused'>;
  readonly keyExtensions: Pick<KeyExtensions, 'look'>;
  readonly tell: Tell;
}

/** Changes settings while the node runs. A setting that can't take effect is not saved. */
export class ChangeSettings {
  readonly #deps: Deps;
  /** One change at a time, so that undoing one never undoes another. */
  readonly #queue = new SerialQueue();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * BAD_REQUEST for an invalid setting, or an address that can't be listened on; CONFLICT for a setting fixed by a
   * flag. Resolves when the change is in effect.
   */
  change(wanted: Wanted): Promise<SettingsView> {
    return this.#queue.run(() => this.#change(wanted));
  }

  async #change(input: Wanted): Promise<SettingsView> {
    const { settings, store, traffic, keyExtensions, tell } = this.#deps;
    const wanted = withoutFlagged(settings.get(), checked(input));
    const takeBack = await this.#changeListener(wanted);
    const next = await settings.change(wanted).catch(async (error: unknown) => {
      await takeBack().catch(() => {});
      throw error;
    });
    if (wanted.keep_edit_history === false)
      await store.writer.write(() => store.erasures.addEverythingEdited());
    if (wanted.paused !== undefined) await traffic.setPaused(wanted.paused);
    if (wanted.extend_keys === true) await keyExtensions.look();
    tell({ fact: 'settings-changed' });
    return next;
  }

  /** The listener goes first: an address that can't be listened on is not saved. */
  async #changeListener({ port, tls }: Partial<Changeable>): Promise<TakeBack> {
    if (port === undefined && tls === undefined) return async () => {};
    try {
      return await this.#deps.listeners.change({
        ...(port === undefined ? {} : { port }),
        ...(tls === undefined ? {} : { tls }),
      });
    } catch (error) {
      if (error instanceof TlsConfigError) throw inputRefusal([{ field: 'tls', message: error.said }]);
      const problem = listenProblem(error);
      if (problem === null) throw error;
      throw inputRefusal([{ field: 'port', message: said('listen.choose_other', { problem }) }]);
    }
  }
}

function checked({ public_url, ...rest }: Wanted): Partial<Changeable> {
  if (rest.tls !== undefined) refuseRelative(rest.tls);
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as Partial<Changeable>),
    ...(public_url === undefined ? {} : { public_url: public_url === null ? null : baseUrl(public_url) }),
  };
}

function refuseRelative(tls: TlsConfig): void {
  if (tls.mode !== 'files') return;
  for (const field of ['cert_file', 'key_file'] as const)
    if (!isAbsolute(tls[field]))
      throw inputRefusal([{ field: `tls.${field}`, message: said('control.whole_path') }]);
}

/** Setting the value that a flag already has is harmless, and is not saved. */
function withoutFlagged(now: SettingsView, change: Partial<Changeable>): Partial<Changeable> {
  const kept = { ...change };
  for (const name of now.by_flag) {
    if (change[name] !== undefined && JSON.stringify(change[name]) !== JSON.stringify(now[name]))
      throw refusal('CONFLICT', said('control.flagged', { name, flag: flagOf[name] }));
    delete kept[name];
  }
  return kept;
}
