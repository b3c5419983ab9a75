/** The app remembers a few things about itself, such as the position of its window. The node has its own settings. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { writeFileAtomically } from '../identity/vault.ts';

const pixels = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));
const WindowPlace = v.object({
  x: pixels,
  y: pixels,
  width: v.pipe(pixels, v.minValue(1)),
  height: v.pipe(pixels, v.minValue(1)),
  maximized: v.boolean(),
});
const Remembered = v.object({
  window: v.optional(v.fallback(v.nullable(WindowPlace), null), null),
  notifications: v.optional(v.fallback(v.boolean(), true), true),
  /** The update that could not be installed before this start. */
  failedUpdate: v.optional(
    v.fallback(v.nullable(v.object({ version: v.string(), reason: v.string() })), null),
    null,
  ),
  /** The owner knows that this system starts the app without Chromium's sandbox, and accepted it. */
  unsandboxed: v.optional(v.fallback(v.boolean(), false), false),
  /** The owner knows that closing the window leaves the app running. */
  hiddenSaid: v.optional(v.fallback(v.boolean(), false), false),
  /** The owner was asked whether the app starts at login, and has answered. */
  loginAsked: v.optional(v.fallback(v.boolean(), false), false),
  /** Closing the window leaves the app running. */
  keepsRunning: v.optional(v.fallback(v.boolean(), true), true),
  asksToQuit: v.optional(v.fallback(v.boolean(), true), true),
  /** The computer doesn't go to sleep by itself. */
  keepsAwake: v.optional(v.fallback(v.boolean(), false), false),
  /** `null`: only where the system has a spell checker of its own. */
  checksSpelling: v.optional(v.fallback(v.nullable(v.boolean()), null), null),
  /** Federation was paused for a while (unix ms). */
  pausedUntil: v.optional(v.fallback(v.nullable(v.number()), null), null),
  /** macOS: the owner doesn't want the app to move to the Applications folder. */
  staysOutside: v.optional(v.fallback(v.boolean(), false), false),
});

export type WindowPlace = v.InferOutput<typeof WindowPlace>;
type Remembered = v.InferOutput<typeof Remembered>;

/** One small file. If it can't be read, the app uses the defaults, because nothing in it is worth a question. */
export class Preferences {
  readonly #path: string;
  #now: Remembered;

  constructor(path: string) {
    this.#path = path;
    this.#now = read(path);
  }

  get(): Remembered {
    return this.#now;
  }

  change(changes: Partial<Remembered>): void {
    this.#now = { ...this.#now, ...changes };
    writeFileAtomically(this.#path, `${JSON.stringify(this.#now)}\n`);
  }
}

function read(path: string): Remembered {
  try {
    const read = v.safeParse(Remembered, JSON.parse(readFileSync(path, 'utf8')));
    if (read.success) return read.output;
  } catch {}
  return v.parse(Remembered, {});
}
