/** What a Paracord server writes when it refuses a request; other programs don't. */
export const refusalBody = (more: object = {}): string =>
  JSON.stringify({ code: 'SOME_CODE', message: '', ...more });
