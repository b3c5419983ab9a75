import type { screens as english } from '../en/screens.ts';
import type { Translation } from '../messages.ts';
import { app } from './app.ts';
import { network } from './network.ts';
import { overview } from './overview.ts';
import { settings } from './settings.ts';
import { welcome } from './welcome.ts';

export const screens: Translation<typeof english> = { ...app, network, overview, settings, welcome };
