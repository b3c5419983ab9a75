/** Passkeys, as far as the browser has them: where the address is a host name with TLS. */

/** Whether this browser and this address can have one. */
export async function offersPasskeys(): Promise<boolean> {
  if (!window.isSecureContext || typeof PublicKeyCredential?.parseCreationOptionsFromJSON !== 'function')
    return false;
  const answer = await fetch('/entrance').catch(() => null);
  return answer?.ok === true && ((await answer.json()) as { passkeys?: boolean }).passkeys === true;
}

/** Makes one; `options` and the result are JSON. Null if the person doesn't want to. */
export async function makePasskey(options: string): Promise<string | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options));
  return answerOf(() => navigator.credentials.create({ publicKey }));
}

/** Uses one, as `makePasskey`. */
export async function usePasskey(options: string): Promise<string | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options));
  return answerOf(() => navigator.credentials.get({ publicKey }));
}

async function answerOf(ask: () => Promise<Credential | null>): Promise<string | null> {
  try {
    const made = (await ask()) as PublicKeyCredential | null;
    return made === null ? null : JSON.stringify(made.toJSON());
  } catch (error) {
    // The person closed the browser's dialog, or let it wait.
    if (error instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(error.name)) return null;
    throw error;
  }
}
