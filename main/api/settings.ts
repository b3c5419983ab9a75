import { isAbsolute } from 'node:path';
import type { Input } from '../../shared/api/contract.ts';
import { inputRefusal } from '../../shared/api/input.ts';
import type { FlaggedSetting, SettingsView } from '../../shared/api/views.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { listenProblem } from '../http/listen-problem.ts';
import type { TakeBack } from '../http/listeners.ts';
import type { Changeable } from '../settings.ts';
import { TlsConfigError } from '../tls/pair.ts';
import { baseUrl } from '../trust/endpoint.ts';
import type { ApiParts } from './parts.ts';
import type { SaidApi } from './said-api.ts';

type SettingsApi = Pick<SaidApi, 'settings' | 'changeSettings' | 'retryCertificate'>;

const flagOf: Readonly<Record<FlaggedSetting, string>> = {
  port: '--listen',
  tls: '--tls',
  public_url: '--public-url',
};

export function settingsApi(parts: ApiParts): SettingsApi {
  const { settings } = parts;
  /** One after the other: what is taken back must not be what somebody else has just set. */
  let changing: Promise<unknown> = Promise.resolve();
  return {
    async settings() {
      return settings.get();
    },
    changeSettings(input) {
      const done = changing.then(() => change(parts, input));
      changing = done.catch(() => {});
      return done;
    },
    async retryCertificate() {
      parts.certificates.tryNow();
      return { done: true };
    },
  };
}

async function change(parts: ApiParts, input: Input<'changeSettings'>): Promise<SettingsView> {
  const { settings, changes, delivery } = parts;
  const wanted = withoutFlagged(settings.get(), changeOf(input));
  const takeBack = await changeListener(parts, wanted);
  const next = await settings.change(wanted).catch(async (error: unknown) => {
    await takeBack().catch(() => {});
    throw error;
  });
  if (wanted.keep_edit_history === false)
    await parts.store.writer.write(() => parts.store.erasures.addEverythingEdited());
  if (wanted.paused !== undefined) await parts.setPaused(wanted.paused);
  delivery.setMaxAgeMs(next.outbox_max_age_days * 86_400_000);
  parts.reach.apply();
  parts.addresses.announce();
  if (wanted.extend_keys === true) await parts.keyExtensions.look();
  changes.publish({ topic: 'settings' });
  return next;
}

function changeOf({ public_url, ...rest }: Input<'changeSettings'>): Partial<Changeable> {
  if (rest.tls?.mode === 'files') {
    for (const field of ['cert_file', 'key_file'] as const)
      if (!isAbsolute(rest.tls[field]))
        throw inputRefusal([{ field: `tls.${field}`, message: said('control.whole_path') }]);
  }
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as Partial<Changeable>),
    ...(public_url === undefined ? {} : { public_url: public_url === null ? null : baseUrl(public_url) }),
  };
}

/** To say again what a flag says already is no harm, and is not kept. */
function withoutFlagged(now: SettingsView, change: Partial<Changeable>): Partial<Changeable> {
  const kept = { ...change };
  for (const name of now.by_flag) {
    if (change[name] !== undefined && JSON.stringify(change[name]) !== JSON.stringify(now[name]))
      throw refusal('CONFLICT', said('control.flagged', { name, flag: flagOf[name] }));
    delete kept[name];
  }
  return kept;
}

/** The listener first: what cannot be listened on is not kept. */
async function changeListener(parts: ApiParts, { port, tls }: Partial<Changeable>): Promise<TakeBack> {
  if (port === undefined && tls === undefined) return async () => {};
  try {
    return await parts.changeListener({
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
