/** Long work in a terminal: one line that is drawn again; where the output is piped, a plain line now and then. */
import { setTimeout as wait } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { WorkView } from '../../shared/api/views/node-views.ts';
import { printable } from '../../shared/protocol/coding/plain-text.ts';
import type { Call } from './command.ts';

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const barWidth = 24;
/** Between two plain lines about work whose end is not known. */
const lineEveryMs = 5_000;

/** `[████────] 12 of 40`; `text` says the numbers in the reader's language. Without a total, only the text. */
export function barOf(done: number, total: number | null, text: string, columns = 80): string {
  const filled = total === 0 ? barWidth : Math.round((barWidth * Math.min(done, total ?? 0)) / (total ?? 1));
  const bar = total === null ? '' : `[${'█'.repeat(filled)}${'─'.repeat(barWidth - filled)}] `;
  return `${bar}${text}`.slice(0, Math.max(columns - 1, 10));
}

/** Draws work as a bar in a terminal, and elsewhere as a line at the start and for each tenth, or every five seconds. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #isDrawn = false;
  #tenth = -1;
  #saidAt = Number.NEGATIVE_INFINITY;

  /** `now`: any clock, in ms. */
  constructor(terminal: Terminal, now: () => number) {
    this.#terminal = terminal;
    this.#now = now;
  }

  count(done: number, total: number | null, text: string): void {
    if (this.#terminal.isTTY === true) {
      this.#terminal.write(`\r\u001b[2K${barOf(done, total, text, this.#terminal.columns || undefined)}`);
      this.#isDrawn = true;
    } else if (this.#isWorthALine(done, total)) this.#terminal.write(`${text}\n`);
  }

  /** Ends the line, so that whatever is printed next starts on a new one. */
  end(): void {
    if (this.#isDrawn) this.#terminal.write('\n');
    this.#isDrawn = false;
    this.#tenth = -1;
  }

  #isWorthALine(done: number, total: number | null): boolean {
    const tenth = total === null ? this.#tenth : total === 0 ? 10 : Math.floor((done * 10) / total);
    const isMore = tenth > this.#tenth;
    this.#tenth = tenth;
    const isDue = total === null && this.#now() - this.#saidAt >= lineEveryMs;
    if (isMore || isDue) this.#saidAt = this.#now();
    return isMore || isDue;
  }
}

type Concerns = (item: WorkView) => boolean;

export const isOf =
  (kind: WorkView['kind']): Concerns =>
  (item) =>
    item.kind === kind;

/**
 * Shows the work that `run` begins in the node, on stderr; Ctrl-C cancels it while that is safe. A program that wants
 * JSON sees nothing of it.
 */
export async function whileShown<T>(call: Call, concerns: Concerns, run: () => Promise<T>): Promise<T> {
  if (call.json) return await run();
  const ending = new AbortController();
  const line = new ProgressLine(process.stderr, () => performance.now());
  let interrupt: (() => void) | null = null;
  const show = async (): Promise<void> => {
    const item = (await call.api.work({})).items.find((each) => each.lasting && concerns(each));
    if (item === undefined) return;
    if (item.can_cancel && interrupt === null) {
      interrupt = () => void call.api.cancelWork({ id: item.id }).catch(() => {});
      // Once: the second Ctrl-C ends this command, whatever the node does.
      process.once('SIGINT', interrupt);
    }
    line.count(item.done, item.total, workText(call, item));
  };
  // The stream opens before the call, so that the first report isn't missed.
  const changes = await call.node.stream(ending.signal).catch(() => null);
  const following = followed(changes, show).catch(() => {});
  try {
    return await run();
  } finally {
    ending.abort();
    await following;
    if (interrupt !== null) process.removeListener('SIGINT', interrupt);
    line.end();
  }
}

const readingEveryMs = 250;

/** Shows after a join how the room is being read, until it has been. False if there is nothing to wait for. */
export async function untilRead(call: Call, roomId: string): Promise<boolean> {
  if (call.json) return false;
  const isJoin = ({ kind, about }: WorkView): boolean => kind === 'join' && about === roomId;
  const isReading = async (): Promise<boolean> => (await call.api.work({})).items.some(isJoin);
  if (!(await isReading())) return false;
  await whileShown(call, isJoin, async () => {
    while (await isReading()) await wait(readingEveryMs);
  });
  return true;
}

async function followed(changes: Response | null, show: () => Promise<void>): Promise<void> {
  if (!changes?.ok || changes.body === null) return;
  const events = changes.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { event } of events) if (event === 'work') await show();
}

function workText({ words }: Pick<Call, 'words'>, { title, text, can_cancel }: WorkView): string {
  const said = printable(text === '' ? title : words.cli.work({ title, text }));
  return can_cancel && process.stderr.isTTY ? words.cli.cancelHint({ text: said }) : said;
}
