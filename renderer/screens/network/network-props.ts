import type { SettingsView, StatusView } from '../../../shared/api/views/views.ts';

/** What each part of the network settings is given, in the settings and in the wizard. */
export interface NetworkProps {
  readonly status: StatusView;
  readonly settings: SettingsView;
  /** The node has taken a change, and this is what is set now. */
  readonly onchange: (next: SettingsView) => void;
}
