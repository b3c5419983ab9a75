import { app } from './app.ts';
import { deliveries } from './deliveries.ts';
import { delivery } from './delivery.ts';
import { invites } from './invites.ts';
import { network } from './network.ts';
import { overview } from './overview.ts';
import { peers } from './peers.ts';
import { rooms } from './rooms.ts';
import { settings } from './settings.ts';
import { welcome } from './welcome.ts';

/** All texts of the screens: what a page loads. Names in `app` stand beside the screens: `words.common.close`. */
export const screens = {
  ...app,
  delivery,
  deliveries,
  invites,
  network,
  overview,
  peers,
  rooms,
  settings,
  welcome,
} as const;
