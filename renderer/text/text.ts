import { app } from './en/app.ts';
import { deliveries } from './en/deliveries.ts';
import { invites } from './en/invites.ts';
import { network } from './en/network.ts';
import { overview } from './en/overview.ts';
import { peers } from './en/peers.ts';
import { rooms } from './en/rooms.ts';
import { settings } from './en/settings.ts';
import { welcome } from './en/welcome.ts';

/** Every word the screens show, in one place, ready to be translated: another language is another folder like `en`. */
export const text = { ...app, deliveries, invites, network, overview, peers, rooms, settings, welcome };
