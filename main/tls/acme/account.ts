import type { AcmeClient } from './client.ts';
import type { AcmeFiles, KeptAccount } from './files.ts';
import { makeAccountKey } from './jws.ts';
import { AcmeProblem } from './problems.ts';

/**
 * The account at this directory. A new one is registered with a key that is on disk by then, so that a
 * crash can't leave an account behind that nobody can use.
 */
export async function openAccount(
  client: AcmeClient,
  files: AcmeFiles,
  directory: string,
  email: string | null,
): Promise<KeptAccount> {
  const kept = files.account(directory);
  if (kept !== null && kept.url !== null && kept.email === email) {
    client.use(kept);
    return kept;
  }
  const { meta } = await client.directory();
  const key = kept?.key ?? makeAccountKey();
  if (kept === null) {
    if (meta.externalAccountRequired === true) throw externalAccountRequired();
    files.keepAccount(directory, { key, url: null, email });
  }
  client.use({ key, url: kept?.url ?? null });
  if (kept !== null && kept.url !== null) await client.setContact(kept.url, email);
  const account = { key, email, url: kept?.url ?? (await client.register(email)) };
  files.keepAccount(directory, account);
  client.use(account);
  return account;
}

const externalAccountRequired = () =>
  new AcmeProblem({ type: 'externalAccountRequired', detail: '', subproblems: [] }, 403, null);
