import { app } from './en/app.ts';

/** Every word the screens show, in one place, ready to be translated: another language is another folder like `en`. */
export const text = { ...app };
