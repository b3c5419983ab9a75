import { accounts } from './screens/accounts.ts';
import { app } from './screens/app.ts';
import { deliveries } from './screens/deliveries.ts';
import { delivery } from './screens/delivery.ts';
import { invites } from './screens/invites.ts';
import { network } from './screens/network.ts';
import { overview } from './screens/overview.ts';
import { peers } from './screens/peers.ts';
import { people } from './screens/people.ts';
import { rooms } from './screens/rooms.ts';
import { server } from './screens/server.ts';
import { settings } from './screens/settings.ts';
import { welcome } from './screens/welcome.ts';

/**
 * All texts of the screens, which a page loads. The groups in `app` are on the same level as the screens:
 * `words.common.close`.
 */
export const screens = {
  ...app,
  accounts,
  delivery,
  deliveries,
  invites,
  network,
  overview,
  peers,
  people,
  rooms,
  server,
  settings,
  welcome,
} as const;
