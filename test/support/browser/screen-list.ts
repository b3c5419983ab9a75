import type { LivelyWorld } from '../nodes/lively-world.ts';

/** Every screen of the console, by the name of its picture. */
export const everyScreen = ({
  roomId,
  directId,
  archivedId,
}: LivelyWorld): readonly (readonly [name: string, path: string])[] => [
  ['server', '#/server'],
  ['chats', '#/chats'],
  ['room', `#/chats/${encodeURIComponent(roomId)}`],
  ['room-direct', `#/chats/${encodeURIComponent(directId)}`],
  ['room-archived', `#/chats/${encodeURIComponent(archivedId)}`],
  ['people', '#/people'],
  ['friend', '#/people/ben.example'],
  ['person', '#/people/%40grandma%3Aanna.example'],
  ['connections', '#/server/connections'],
  ['connection', '#/server/connections/ben.example'],
  ['connection-quarantined', '#/server/connections/spam.example'],
  ['connection-unreachable', '#/server/connections/dora.example'],
  ['deliveries', '#/server/deliveries'],
  ['delivery', '#/server/deliveries/dora.example'],
  ['delivery-empty', '#/server/deliveries/ben.example'],
  ['network', '#/server/network'],
  ['keys', '#/server/keys'],
  ['room-unknown', '#/chats/!0%3Anobody.example'],
  ['not-found', '#/not-found'],
  ['help', '#/help'],
  ['help-page', '#/help/deliveries-failed'],
  ...(
    ['general', 'setup', 'browsers', 'delivery', 'tokens', 'database', 'diagnostics', 'about'] as const
  ).map((section) => [`settings-${section}`, `#/server/settings/${section}`] as const),
];
