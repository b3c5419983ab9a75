import type { ChangeSettings } from '../change-settings.ts';
import type { ClockTrust } from '../clocks/clock-trust.ts';
import type { Settings } from '../settings.ts';
import type { Certificates } from '../tls/certificates.ts';
import type { SaidApi } from './said-api.ts';

export interface SettingsParts {
  readonly settings: Pick<Settings, 'get'>;
  readonly changeSettings: Pick<ChangeSettings, 'change'>;
  readonly certificates: Pick<Certificates, 'tryNow'>;
  readonly clockTrust: Pick<ClockTrust, 'accept'>;
}

export const settingsApi = ({
  settings,
  changeSettings,
  certificates,
  clockTrust,
}: SettingsParts): Pick<SaidApi, 'settings' | 'changeSettings' | 'retryCertificate' | 'trustClock'> => ({
  async settings() {
    return settings.get();
  },
  changeSettings: (input) => changeSettings.change(input),
  async retryCertificate() {
    certificates.tryNow();
    return { done: true };
  },
  async trustClock() {
    await clockTrust.accept();
    return { done: true };
  },
});
