/**
 * Breaks the node under test in one place, to check that the crash test notices. Loaded into the node by
 * `npm run test:crash -- --mutant NAME`; the product's files aren't changed.
 */
import { registerHooks } from 'node:module';

export const mutants: Readonly<
  Record<string, { readonly file: string; readonly from: string; readonly to: string }>
> = {
  /** A peer gets its 202 while the event is still in memory. */
  'acknowledge-early': {
    file: 'main/http/federation/pushes.ts',
    from: 'const taken = ingest.ingest(event, {',
    to: "const taken = ((e: any, a: any) => (void ingest.ingest(e, a), Promise.resolve({ kind: 'inserted', destinations: [] } as any)))(event, {",
  },
  /** One outbox row in 200 is never written. */
  'drop-outbox-row': {
    file: 'main/store/rules/queue-table.ts',
    from: 'alsoSentTo } of rows)',
    to: 'alsoSentTo } of rows.filter(() => Math.random() >= 1 / 200))',
  },
};

const name = process.env.CRASH_MUTANT;
const mutant = name === undefined ? undefined : mutants[name];
if (mutant)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(mutant.file)) return loaded;
      const source = String(loaded.source);
      if (!source.includes(mutant.from)) throw new Error(`The mutant ${name} no longer fits ${mutant.file}.`);
      return { ...loaded, source: source.replace(mutant.from, mutant.to) };
    },
  });
