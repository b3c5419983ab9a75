import type { LivelyWorld } from '../nodes/lively-world.ts';

/** Every screen of the console, by the name of its picture. */
export const everyScreen = ({ roomId }: LivelyWorld): readonly (readonly [name: string, path: string])[] => [
  ['overview', '#/overview'],
  ['rooms', '#/rooms'],
  ['room', `#/rooms/${encodeURIComponent(roomId)}`],
  ['peers', '#/peers'],
  ['peer', '#/peers/ben.example'],
  ['peer-quarantined', '#/peers/spam.example'],
  ['peer-unreachable', '#/peers/dora.example'],
  ['deliveries', '#/deliveries'],
  ['delivery', '#/deliveries/dora.example'],
  ['delivery-empty', '#/deliveries/ben.example'],
  ['room-unknown', '#/rooms/!0%3Anobody.example'],
  ['not-found', '#/not-found'],
  ['help', '#/help'],
  ['help-page', '#/help/deliveries-failed'],
  ['settings', '#/settings'],
  ...(['network', 'keys', 'delivery', 'tokens', 'backup', 'database', 'diagnostics', 'about'] as const).map(
    (section) => [`settings-${section}`, `#/settings/${section}`] as const,
  ),
];
