import { cli } from './cli.ts';
import { cliHelp } from './cli-help.ts';
import { desktop } from './desktop.ts';
import { invitePage } from './invite-page.ts';
import { node } from './node.ts';
import { screens } from './screens.ts';
import { start } from './start.ts';

export const en = { ...screens, node, cli, cliHelp, desktop, invitePage, start } as const;
