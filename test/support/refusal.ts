/** Writes the refusal of a Paracord server; other programs write others. */
export const refusalBody = (more: object = {}): string =>
  JSON.stringify({ code: 'SOME_CODE', message: '', ...more });
