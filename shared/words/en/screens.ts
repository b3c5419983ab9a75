import { app } from './app.ts';
import { network } from './network.ts';
import { overview } from './overview.ts';
import { settings } from './settings.ts';
import { welcome } from './welcome.ts';

/** All texts of the screens: what a page loads. Names in `app` stand beside the screens: `words.common.close`. */
export const screens = { ...app, network, overview, settings, welcome } as const;
