import * as v from 'valibot';
import { SettingsView } from '../shared/api/views.ts';
import { tuning } from './config.ts';
import type { Store } from './store/store.ts';

const defaults: SettingsView = {
  paused: false,
  public_url: null,
  outbox_max_age_days: tuning.outboxMaxAgeDays,
  default_limits: { requests_per_minute: tuning.requestsPerMinuteDefault, burst: tuning.burstDefault },
};

/** What the owner changes while the node runs; kept in the database. */
export class Settings {
  private readonly store: Store;
  private value: SettingsView;

  constructor(store: Store) {
    this.store = store;
    this.value = read(store.meta.get('settings'));
  }

  get(): SettingsView {
    return this.value;
  }

  async change(change: Partial<SettingsView>): Promise<SettingsView> {
    const next = { ...this.value, ...change };
    await this.store.writer.write(() => this.store.meta.put('settings', JSON.stringify(next)));
    this.value = next;
    return next;
  }
}

function read(text: string | undefined): SettingsView {
  const stored: unknown = text === undefined ? {} : JSON.parse(text);
  return v.parse(SettingsView, { ...defaults, ...(stored as object) });
}
