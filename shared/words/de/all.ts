import type { en } from '../en/all.ts';
import type { Translation } from '../messages.ts';
import { cli } from './cli.ts';
import { cliHelp } from './cli-help.ts';
import { desktop } from './desktop.ts';
import { invitePage } from './invite-page.ts';
import { node } from './node.ts';
import { screens } from './screens.ts';
import { start } from './start.ts';

export const de: Translation<typeof en> = { ...screens, node, cli, cliHelp, desktop, invitePage, start };
