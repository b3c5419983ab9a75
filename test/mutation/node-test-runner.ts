/**
 * Lets Stryker run `node:test` files in one warm process, so that a mutant costs milliseconds instead of a start.
 *
 * The sources stay loaded and the test files are loaded again for each mutant. A test that fails runs once more without
 * the mutant: if it still fails, an earlier mutant has corrupted the process, and Stryker repeats the mutant in a new
 * one.
 *
 * A mutant in code that runs while its module loads (a static one) gets fresh sources. Any test might notice it, and
 * running all of them would take hours, so only test files that import the module themselves are asked.
 */
import { AsyncResource } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, dirname, relative, resolve } from 'node:path';
import { beforeEach, run, test } from 'node:test';
import { pathToFileURL } from 'node:url';

/** How often each mutant was reached, by the mutant's number. */
type Hits = Record<string, number>;

/** Variables of instrumented code. */
interface Instrumented {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: { static: Hits; perTest: Record<string, Hits> } | undefined;
}

interface MutantRun {
  readonly activeMutant: { readonly id: string };
  readonly sandboxFileName: string;
  readonly testFilter?: readonly string[];
  readonly mutantActivation: 'runtime' | 'static';
  readonly reloadEnvironment: boolean;
  readonly hitLimit?: number;
}

interface Result {
  readonly name: string;
  readonly skipped: boolean;
  readonly milliseconds: number;
  /** The message of the failure, if the test failed. */
  readonly failure?: string;
}

const last = 'the last test of the run';
const loads = 'the test file loads';
/** Ends a test that waits for something that the mutant prevents. */
const testMsMax = 8_000;
const slowMs = 1_000;
const idOf = (file: string, name: string): string => `${file}: ${name}`;
const shared = globalThis as typeof globalThis & { __stryker__?: Instrumented };
shared.__stryker__ ??= {};
const instrumented = shared.__stryker__;

class NodeTestRunner {
  static readonly inject = ['options'] as const;
  readonly #files: readonly string[];
  /** The test files whose sources were loaded without a mutant. */
  readonly #loaded = new Set<string>();
  /** The test files that took long in this process. */
  readonly #slow = new Set<string>();
  #sourcesLoaded = 0;
  #testsLoaded = 0;

  constructor(options: { readonly nodeTest: { readonly files: readonly string[] } }) {
    this.#files = options.nodeTest.files;
  }

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: true };
  }

  init(): Promise<void> {
    const root = pathToFileURL(`${process.cwd()}/`).href;
    registerHooks({
      resolve: (specifier, context, next) => {
        const found = next(specifier, context);
        if (!found.url.startsWith(root) || found.url.includes('/node_modules/')) return found;
        const ofTest = found.url.startsWith(`${root}test/`);
        const version = ofTest ? `?test=${this.#testsLoaded}` : `?source=${this.#sourcesLoaded}`;
        return { ...found, url: `${found.url.split('?')[0]}${version}` };
      },
    });
    // Something that a mutant left running may fail after its test has ended.
    process.on('unhandledRejection', () => {});
    process.on('uncaughtException', () => {});
    return Promise.resolve();
  }

  async dryRun(): Promise<object> {
    instrumented.activeMutant = undefined;
    const coverage = { static: {} as Hits, perTest: {} as Record<string, Hits> };
    instrumented.mutantCoverage = coverage;
    const tests = [];
    for (const file of this.#files) {
      // Once to load the sources, a second time to see what the test file itself calls while it loads.
      await this.#load(file);
      const before = { ...coverage.static };
      const results = await this.#run(file);
      const byFile: Hits = {};
      for (const [mutant, hits] of Object.entries(coverage.static)) {
        const more = hits - (before[mutant] ?? 0);
        if (more === 0) continue;
        byFile[mutant] = more;
        const remaining = hits - 2 * more;
        if (remaining > 0) coverage.static[mutant] = remaining;
        else delete coverage.static[mutant];
      }
      for (const { name, skipped, milliseconds, failure } of results) {
        const id = idOf(file, name);
        const covered = { ...coverage.perTest[id] };
        for (const [mutant, hits] of Object.entries(byFile)) covered[mutant] = (covered[mutant] ?? 0) + hits;
        coverage.perTest[id] = covered;
        tests.push({
          id,
          name,
          timeSpentMs: Math.ceil(milliseconds),
          fileName: resolve(file),
          ...(skipped
            ? { status: 2 }
            : failure === undefined
              ? { status: 0 }
              : { status: 1, failureMessage: failure }),
        });
      }
    }
    instrumented.currentTestId = undefined;
    return { status: 'complete', tests, mutantCoverage: coverage };
  }

  async mutantRun(mutant: MutantRun): Promise<object> {
    if (mutant.reloadEnvironment) this.#forgetSources();
    instrumented.hitCount = mutant.hitLimit === undefined ? undefined : 0;
    instrumented.hitLimit = mutant.hitLimit;
    let nrOfTests = 0;
    const isStatic = mutant.mutantActivation === 'static';
    const source = mutant.sandboxFileName;
    for (const file of isStatic ? this.#importersOf(source) : this.#nearestFirst(source)) {
      const prefix = idOf(file, '');
      const names = mutant.testFilter
        ?.filter((id) => id.startsWith(prefix))
        .map((id) => id.slice(prefix.length));
      if (names?.length === 0) continue;
      if (!isStatic) await this.#load(file);
      instrumented.activeMutant = mutant.activeMutant.id;
      const results = await this.#run(file, names);
      instrumented.activeMutant = undefined;
      nrOfTests += results.length;
      if (mutant.hitLimit !== undefined && (instrumented.hitCount ?? 0) > mutant.hitLimit)
        return { status: 'timeout', reason: 'reached far more often than without the mutant' };
      const failed = results.find(({ failure }) => failure !== undefined);
      if (failed === undefined) continue;
      const killedBy = [idOf(file, failed.name)];
      const killed = { status: 'killed', killedBy, failureMessage: failed.failure, nrOfTests };
      if (isStatic) return killed;
      const again = (await this.#run(file, [failed.name])).find(({ failure }) => failure !== undefined);
      if (again !== undefined)
        throw new Error(`"${failed.name}" also fails without the mutant: ${again.failure}`);
      return killed;
    }
    return { status: 'survived', nrOfTests };
  }

  #importersOf(source: string): string[] {
    const importers = this.#nearestFirst(source).filter((file) =>
      [...readFileSync(file, 'utf8').matchAll(/ from '(\.[^']+)'/g)].some(
        ([, path = '']) => resolve(dirname(file), path) === resolve(source),
      ),
    );
    return importers.length > 0 ? importers : this.#nearestFirst(source).slice(0, 1);
  }

  /** Tests that mirror the file come first, because they are the likeliest to fail. Slow ones come last. */
  #nearestFirst(source: string): string[] {
    const folder = relative(process.cwd(), source).split('/');
    const name = basename(source, '.ts');
    const far = (file: string): number =>
      basename(file, '.test.ts') === name
        ? -1
        : folder.length - folder.filter((part) => file.includes(`/${part}/`)).length;
    const isSlow = (file: string): number => Number(this.#slow.has(file));
    return this.#files.toSorted((a, b) => isSlow(a) - isSlow(b) || far(a) - far(b));
  }

  #forgetSources(): void {
    this.#sourcesLoaded++;
    this.#loaded.clear();
  }

  /** Loads the sources that a test file uses, and runs none of its tests. */
  async #load(file: string): Promise<void> {
    if (this.#loaded.has(file)) return;
    await this.#run(file, []);
    this.#loaded.add(file);
  }

  /** Runs the tests of a file that have these names, or all of them. Stops after the first that fails. */
  #run(file: string, names?: readonly string[]): Promise<Result[]> {
    // In a separate scope; otherwise its tests would be registered in that of an earlier test.
    return new AsyncResource('run', { triggerAsyncId: 0 }).runInAsyncScope(async () => {
      this.#testsLoaded++;
      const patterns = names && [last, loads, ...names].map((name) => new RegExp(`^${escaped(name)}$`));
      const others = new Set(process.listeners('beforeExit'));
      const stream = run({
        files: [],
        isolation: 'none',
        timeout: testMsMax,
        ...(patterns && { testNamePatterns: patterns }),
      });
      const close = process.listeners('beforeExit').find((listener) => !others.has(listener));
      const results: Result[] = [];
      let failed = false;
      stream.on('test:fail', ({ name, nesting, details }) => {
        if (nesting > 0 || failed) return;
        failed = true;
        const failure = String((details.error.cause as Error | undefined)?.message ?? details.error.message);
        results.push({ name, skipped: false, milliseconds: details.duration_ms, failure });
      });
      stream.on('test:pass', ({ name, nesting, details, skip }) => {
        if (nesting > 0 || name === last) return;
        results.push({ name, skipped: skip !== undefined, milliseconds: details.duration_ms });
      });
      beforeEach((context) => {
        if (failed) throw new Error('An earlier test has failed.');
        instrumented.currentTestId = idOf(
          file,
          (context as { fullName: string }).fullName.split(' > ')[0] ?? '',
        );
      });
      instrumented.currentTestId = undefined;
      try {
        await import(pathToFileURL(resolve(file)).href);
      } catch (error) {
        test(loads, () => Promise.reject(error));
      }
      await test(last, () => {});
      const ended = new Promise((done) => stream.on('end', done));
      stream.resume();
      await close?.(0);
      await ended;
      instrumented.currentTestId = undefined;
      const took = results.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
      if (!failed && took > slowMs) this.#slow.add(file);
      return results;
    });
  }
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'node-test', injectableClass: NodeTestRunner }];

/** The text as a pattern that matches only it. */
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
