import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomically } from '../identity/vault.ts';

const Access = v.variant('provider', [
  v.object({ provider: v.picklist(['desec', 'duckdns']), token: v.string() }),
  v.object({
    provider: v.literal('rfc2136'),
    server: v.object({ host: v.string(), port: v.number() }),
    key_name: v.string(),
    /** Base64. */
    key: v.string(),
  }),
]);

const Kept = v.object({
  version: v.literal(1),
  name: v.string(),
  access: Access,
  which: v.picklist(['public', 'home']),
  record: v.object({
    address: v.nullable(v.string()),
    set_at: v.number(),
    asked_at: v.number(),
    failures: v.number(),
    next_attempt_at: v.number(),
    problem: v.nullable(v.string()),
  }),
});
export type ProviderAccess = v.InferOutput<typeof Access>;
export type Kept = Omit<v.InferOutput<typeof Kept>, 'version'>;

/** The kept name with the secret for its records, in a file of the data folder with mode 0600. */
export class NameFile {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'kept-name.json');
  }

  /** `null` without a kept name. A damaged file counts as none, because the owner can enter the name again. */
  read(): Kept | null {
    if (!existsSync(this.#path)) return null;
    const found = v.safeParse(v.pipe(v.string(), v.parseJson(), Kept), readFileSync(this.#path, 'utf8'));
    return found.success ? found.output : null;
  }

  write(kept: Kept): void {
    writeFileAtomically(this.#path, `${JSON.stringify({ ...kept, version: 1 }, null, 2)}\n`);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
