import type { screens as english } from '../en/screens.ts';
import type { Translation } from '../messages.ts';
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

export const screens: Translation<typeof english> = {
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
};
