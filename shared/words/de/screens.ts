import type { screens as english } from '../en/screens.ts';
import type { Translation } from '../messages.ts';
import { app } from './app.ts';

export const screens: Translation<typeof english> = { ...app };
