import * as v from 'valibot';
import { SettingsView } from '../shared/api/views.ts';
import { type HostPort, tuning } from './config.ts';
import type { Store } from './store/store.ts';

const loopback = /^(?:localhost$|127\.|::1$)/i;

const defaults = (listen: HostPort): SettingsView => ({
  paused: false,
  public_url: null,
  outbox_max_age_days: tuning.outboxMaxAgeDays,
  default_limits: { requests_per_minute: tuning.requestsPerMinuteDefault, burst: tuning.burstDefault },
  port_mapping: !loopback.test(listen.host),
});

/** What the owner changes while the node runs; kept in the database. */
export class Settings {
  private readonly store: Store;
  private readonly defaults: SettingsView;
  /** Only what was ever changed, so that a default may become another one. */
  private changed: Partial<SettingsView>;
  private value: SettingsView;

  constructor(store: Store, listen: HostPort) {
    this.store = store;
    this.defaults = defaults(listen);
    this.changed = JSON.parse(store.meta.get('settings') ?? '{}') as Partial<SettingsView>;
    this.value = v.parse(SettingsView, { ...this.defaults, ...this.changed });
  }

  get(): SettingsView {
    return this.value;
  }

  async change(change: Partial<SettingsView>): Promise<SettingsView> {
    const changed = { ...this.changed, ...change };
    const next = { ...this.defaults, ...changed };
    await this.store.writer.write(() => this.store.meta.put('settings', JSON.stringify(changed)));
    this.changed = changed;
    this.value = next;
    return next;
  }
}
