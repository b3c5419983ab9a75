#!/usr/bin/env node
// Plain old JavaScript, because an older Node.js must be able to read this file and hand over to the one that npm
// installed with the program.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const wanted = 24;
const running = process.versions.node;
const major = Number(running.split('.')[0]);
const bundled = major === wanted ? null : bundledNode();

/**
 * A node runs for months, so it starts with settings that keep it small (docs/decisions/0064-little-memory.md). A command
 * ends soon.
 */
const isMoved = isStart(process.argv[2]) && moveDatabase();
const memory = isStart(process.argv[2]) ? smallMemory() : null;

if (bundled !== null) handOver(bundled);
else if (major >= wanted) {
  if (memory === null || !replaceWith(process.execPath)) runHere();
} else {
  // The catalogs are TypeScript, too.
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  process.stderr.write(
    /^de/i.test(LC_ALL || LC_MESSAGES || LANG || '')
      ? `Paracord Node braucht Node.js ${wanted} oder neuer, hier läuft aber Node.js ${running}. Das mitgelieferte Node.js fehlt. Installiere Paracord Node noch einmal oder ein neueres Node.js.\n`
      : `Paracord Node needs Node.js ${wanted} or newer, but this is Node.js ${running}. The Node.js that comes with it is missing. Install Paracord Node again, or install a newer Node.js.\n`,
  );
  process.exitCode = 10;
}

function runHere() {
  // Replaces the arguments in the list of processes.
  if (isMoved) process.title = 'paracord-node';
  // A checkout runs the sources. An installed package runs the bundle, because Node.js doesn't strip types in
  // node_modules.
  const source = new URL('./main.ts', import.meta.url);
  const isCheckout = existsSync(source);
  const started = isCheckout
    ? compileOnce().then(() => import(source.href))
    : import(new URL('../../dist/node/main.js', import.meta.url).href);
  started
    .then((cli) => cli.main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    })
    .catch((error) => {
      process.stderr.write(
        `Paracord Node could not start: ${error instanceof Error ? error.stack : error}\n`,
      );
      process.exitCode = 1;
    });
}

/** Compiled TypeScript is cached (build/prepare.mjs fills the cache), so a node starts faster and takes 20 MB less memory. */
async function compileOnce() {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/paracord-node', import.meta.url)));
}

/**
 * Moves the value of --database, which may contain a password, from the arguments, which every user of the computer can
 * read, to the environment. Returns whether there was one.
 */
function moveDatabase() {
  const { argv, env } = process;
  const at = argv.findIndex((arg) => arg === '--database' || arg.startsWith('--database='));
  if (at === -1) return false;
  const isOne = argv[at] !== '--database';
  const value = isOne ? argv[at].slice('--database='.length) : argv[at + 1];
  // The command line reports a missing value.
  if (value === undefined) return false;
  argv.splice(at, isOne ? 1 : 2);
  env.PARACORD_NODE_DATABASE = value;
  return true;
}

/** Whether the arguments start a node: there is no command. */
function isStart(first) {
  return first === undefined || (first.startsWith('-') && !/^(?:-h|-V|--help|--version)$/.test(first));
}

/**
 * Returns settings that V8 and the C library read only when a process starts; `null` if it started with them. Young
 * objects get 8 MB, and old ones are first collected at 40 MB, then when there are 1.7 times as many. An idle node may
 * collect (main/start/idle-memory.ts). Only what runs very often is optimized. The C library has two heaps, one for the
 * main thread and one for all others. It returns free memory from 128 kB on, and doesn't raise that by itself.
 */
function smallMemory() {
  const { NODE_OPTIONS = '', MALLOC_ARENA_MAX = '2' } = process.env;
  const { MALLOC_MMAP_THRESHOLD_ = '131072', MALLOC_TRIM_THRESHOLD_ = '131072' } = process.env;
  const isSet = [NODE_OPTIONS, ...process.execArgv].some((text) => /--max[-_]semi[-_]space/.test(text));
  return isSet
    ? null
    : {
        flags: [
          '--max-semi-space-size=8',
          '--initial-old-space-size=40',
          '--heap-growing-percent=70',
          '--invocation-count-for-maglev=2000',
          '--expose-gc',
        ],
        env: { MALLOC_ARENA_MAX, MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_ },
      };
}

/** Returns the arguments of the program. The flags of an older Node.js are its own. */
function commandLine() {
  const flags = memory === null ? [] : memory.flags;
  const given = bundled === null ? process.execArgv : [];
  return [...flags, ...given, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
}

function environment() {
  return memory === null ? process.env : { ...process.env, ...memory.env };
}

/** The program takes the place of this process. Returns false where Node.js can't do that. */
function replaceWith(program) {
  // Not on Windows, and not before Node.js 22.15.
  if (typeof process.execve !== 'function' || process.platform === 'win32') return false;
  try {
    process.execve(program, [program, ...commandLine()], environment());
  } catch {
    return false;
  }
}

/** Otherwise this process stays, and waits for the program. */
function handOver(program) {
  if (replaceWith(program)) return;
  const child = spawn(program, commandLine(), { stdio: 'inherit', env: environment() });
  // A terminal sends Ctrl-C to both; a signal to this process alone is meant for the node.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  child.once('error', (error) => {
    process.stderr.write(`Paracord Node could not start ${program}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code === null ? 1 : code;
    // Who sent it must not take the end for a failure. The first process of a container stays, and ends with 1.
    if (signal !== null) process.removeAllListeners(signal).kill(process.pid, signal);
  });
}

/** Node.js is an optional dependency, in one package for each system. `null` if there is none for this one. */
function bundledNode() {
  const system = `${process.platform}-${process.arch}`
    .replace('win32', 'win')
    .replace('darwin-arm64', 'bin-darwin-arm64');
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${system}/package.json`);
    const program = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(program) ? program : null;
  } catch {
    return null;
  }
}
