/**
 * Breaks the nodes in one place, to check that the proof notices. Loaded into them by
 * `npm run test:standby -- --mutant NAME`; the product's files aren't changed.
 */
import { registerHooks } from 'node:module';

interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const leaseIsValid: Change = {
  file: 'main/store/postgres/lease.ts',
  from: 'get isValid(): boolean {',
  to: 'get isValid(): boolean { return true;',
};

const mutants: Readonly<Record<string, readonly Change[]>> = {
  /** A node that led once goes on, and the database takes transactions of any leader, based on anything. */
  'ignore-lease-and-token': [
    leaseIsValid,
    {
      file: 'main/store/postgres/schema.ts',
      from: "IF pn_state.token <> own_token THEN RAISE EXCEPTION 'another node is the leader' USING ERRCODE = 'PN001'; END IF;",
      to: '',
    },
    {
      file: 'main/store/postgres/schema.ts',
      from: 'IF pn_state.version <> next_version - 1 THEN',
      to: 'next_version := pn_state.version + 1; IF false THEN',
    },
  ],
  /** What the primary has counts as stored, before its standby has it. */
  'commit-alone': [
    {
      file: 'main/store/postgres/connect.ts',
      from: 'await this.query(`SET search_path',
      to: "await this.query('SET synchronous_commit = local'); await this.query(`SET search_path",
    },
  ],
};

export const mutantNames = Object.keys(mutants);

const name = process.env.STANDBY_MUTANT;
const mutant = name === undefined ? undefined : mutants[name];
if (mutant)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      let source = String(loaded.source);
      for (const { file, from, to } of mutant.filter((each) => url.endsWith(each.file))) {
        if (!source.includes(from)) throw new Error(`The mutant ${name} no longer fits ${file}.`);
        source = source.replace(from, to);
      }
      return { ...loaded, source };
    },
  });
