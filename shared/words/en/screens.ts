import { app } from './app.ts';

/** All texts of the screens: what a page loads. Names in `app` stand beside the screens: `words.common.close`. */
export const screens = { ...app } as const;
