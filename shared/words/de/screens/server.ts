import type { server as english } from '../../en/screens/server.ts';
import type { Translation } from '../../messages.ts';

export const server: Translation<typeof english> = {
  title: 'Server',
  sectionsLabel: 'Unter „Server“',
  sections: {
    status: 'Status',
    connections: 'Verbindungen',
    deliveries: 'Zustellung',
    network: 'Netzwerk',
    keys: 'Schlüssel und Backup',
    settings: 'Einstellungen',
  },
};
