import * as v from 'valibot';
import { type FlaggedSetting, SettingsView } from '../shared/api/views/node-views.ts';
import { type NodeConfig, tuning } from './config.ts';
import { addressKind } from './kernel/ip.ts';
import { SerialQueue } from './kernel/queue.ts';
import type { Tables } from './store/ports.ts';

type Setting = Exclude<keyof SettingsView, 'by_flag'>;
export type Changeable = Pick<SettingsView, Setting>;
type Started = Pick<NodeConfig, 'listen' | 'tls' | 'publicUrl' | 'byFlag'>;

const defaults = ({ listen, tls }: Started): Changeable => ({
  paused: false,
  public_url: null,
  outbox_max_age_days: tuning.outboxMaxAgeDays,
  default_limits: { requests_per_minute: tuning.requestsPerMinuteDefault, burst: tuning.burstDefault },
  port_mapping: addressKind(listen.host) !== 'loopback',
  port: listen.port,
  tls,
  extend_keys: true,
  keep_edit_history: true,
  language: 'system',
  quiet_hours: null,
  files: tuning.filesDefault,
  people_log_in: false,
});

/** Values set by flags override stored ones. */
const flagged = ({ listen, tls, publicUrl, byFlag }: Started): Partial<Changeable> => ({
  ...(byFlag?.has('port') ? { port: listen.port } : {}),
  ...(byFlag?.has('tls') ? { tls } : {}),
  ...(publicUrl === null ? {} : { public_url: publicUrl }),
});

/**
 * Stored values that another version knows and this one doesn't get their default, so that a start never fails because
 * of them.
 */
function understood(kept: Readonly<Record<string, unknown>>): Partial<Changeable> {
  const { by_flag: _, ...known } = SettingsView.entries;
  const entries = Object.entries(known).flatMap(([name, schema]) => {
    const read = v.safeParse(schema as v.GenericSchema, kept[name]);
    return kept[name] !== undefined && read.success ? [[name, read.output]] : [];
  });
  return Object.fromEntries(entries);
}

/** Settings that the owner changes while the node runs; stored in the database. */
export class Settings {
  readonly #store: Tables<'meta' | 'writer'>;
  readonly #defaults: Changeable;
  readonly #flagged: Partial<Changeable>;
  /** The values that were changed, without the others, so that a default can still change. */
  #changed: Partial<Changeable>;
  #value: SettingsView;
  readonly #queue = new SerialQueue();

  constructor(store: Tables<'meta' | 'writer'>, started: Started) {
    this.#store = store;
    this.#defaults = defaults(started);
    this.#flagged = flagged(started);
    this.#changed = understood(JSON.parse(store.meta.get('settings') ?? '{}'));
    this.#value = this.#with(this.#changed);
  }

  get(): SettingsView {
    return this.#value;
  }

  /** Changes settings one after the other, so that none loses the change of another. */
  change(change: Partial<Changeable>): Promise<SettingsView> {
    return this.#queue.run(async () => {
      const changed = { ...this.#changed, ...change };
      await this.#store.writer.write(() => this.#store.meta.put('settings', JSON.stringify(changed)));
      this.#changed = changed;
      this.#value = this.#with(changed);
      return this.#value;
    });
  }

  #with(changed: Partial<Changeable>): SettingsView {
    const by_flag = Object.keys(this.#flagged) as FlaggedSetting[];
    return { ...this.#defaults, ...changed, ...this.#flagged, by_flag };
  }
}
