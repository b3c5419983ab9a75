import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { SaidError } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { writeFileAtomically } from '../../identity/vault.ts';
import type { AccountKey } from './jws.ts';

const coordinate = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));
const Account = v.object({
  /** `null` until the authority has accepted it. */
  url: v.nullable(v.string()),
  email: v.nullable(v.string()),
  key: v.object({
    kty: v.literal('EC'),
    crv: v.literal('P-256'),
    x: coordinate,
    y: coordinate,
    d: coordinate,
  }),
});
const Accounts = v.object({ version: v.literal(1), accounts: v.record(v.string(), Account) });
export interface KeptAccount {
  readonly url: string | null;
  readonly email: string | null;
  readonly key: AccountKey;
}

const Certificate = v.object({
  version: v.literal(1),
  directory: v.string(),
  names: v.array(v.string()),
  obtained_at: v.number(),
  /** The chain in PEM; its key is the one that this node stores. */
  cert: v.string(),
});
export type KeptCertificate = Omit<v.InferOutput<typeof Certificate>, 'version'>;

const Progress = v.object({
  version: v.literal(1),
  /** The authority, challenge type and names that the other fields are about. */
  subject: v.string(),
  /** The running order; a restart continues with it. */
  order: v.nullable(v.object({ directory: v.string(), url: v.string() })),
  /** Whether the staging directory has accepted it. */
  rehearsed: v.boolean(),
  /** Failures in a row. Saved, so that a node that keeps restarting doesn't keep asking. */
  failures: v.number(),
  failed_at: v.number(),
  next_attempt_at: v.number(),
  /** The pause that the authority asked for (Retry-After). */
  not_before: v.number(),
  problem: v.nullable(v.string()),
});
export type Progress = Omit<v.InferOutput<typeof Progress>, 'version'>;

export const noProgress: Progress = {
  subject: '',
  order: null,
  rehearsed: false,
  failures: 0,
  failed_at: 0,
  next_attempt_at: 0,
  not_before: 0,
  problem: null,
};

/** The accounts exist but can't be read; nothing was overwritten. */
export class AccountsUnreadable extends SaidError {}

/** The ACME files in the data folder, with mode 0600. Each is replaced as a whole. */
export class AcmeFiles {
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  account(directory: string): KeptAccount | null {
    return this.#accounts()[directory] ?? null;
  }

  keepAccount(directory: string, account: KeptAccount): void {
    this.#write('acme-accounts.json', { accounts: { ...this.#accounts(), [directory]: account } });
  }

  certificate(): KeptCertificate | null {
    return this.#read('acme-certificate.json', Certificate);
  }

  keepCertificate(certificate: KeptCertificate): void {
    this.#write('acme-certificate.json', certificate);
  }

  progress(): Progress {
    return this.#read('acme-progress.json', Progress) ?? noProgress;
  }

  keepProgress(progress: Progress): void {
    this.#write('acme-progress.json', progress);
  }

  #accounts(): v.InferOutput<typeof Accounts>['accounts'] {
    const found = this.#read('acme-accounts.json', Accounts);
    if (found) return found.accounts;
    const path = join(this.#dataDir, 'acme-accounts.json');
    if (!existsSync(path)) return {};
    throw new AccountsUnreadable(said('acme.accounts', { path }));
  }

  /** `null` if it is missing or damaged, because it can be created again. */
  #read<const S extends v.GenericSchema>(name: string, schema: S): v.InferOutput<S> | null {
    const path = join(this.#dataDir, name);
    if (!existsSync(path)) return null;
    const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), readFileSync(path, 'utf8'));
    return result.success ? (result.output as v.InferOutput<S>) : null;
  }

  #write(name: string, content: object): void {
    writeFileAtomically(
      join(this.#dataDir, name),
      `${JSON.stringify({ version: 1, ...content }, null, 2)}\n`,
    );
  }
}
