import type { Section } from './scenario.ts';
import { answers } from './scenarios/answers.ts';
import { ourRoom } from './scenarios/our-room.ts';
import { owners } from './scenarios/owners.ts';
import { places } from './scenarios/places.ts';
import { theirGuild } from './scenarios/their-guild.ts';
import { trouble } from './scenarios/trouble.ts';

/** Every scenario, as the table shows them. */
export const sections: readonly Section[] = [ourRoom, places, theirGuild, owners, trouble, answers];
