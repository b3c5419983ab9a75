import type { screens as english } from '../en/screens.ts';
import type { Translation } from '../messages.ts';
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

export const screens: Translation<typeof english> = {
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
};
