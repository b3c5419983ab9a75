/** Questions to a person at the terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Words } from '../../shared/words/words.ts';

/** Whether somebody can be asked: a script cannot answer, and must not be kept waiting. */
export const isAttended = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Only a typed yes is one, in the reader's language or in English. */
export async function confirm({ cli }: Words, question: string): Promise<boolean> {
  const { yesNo, yesLetter, yesWord } = cli.ask;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = (await lines.question(`${question} ${yesNo} `)).trim().toLowerCase();
    return [yesLetter, yesWord, 'y', 'yes'].includes(answer);
  } finally {
    lines.close();
  }
}

/** What is typed is not shown. */
export async function askUnseen(prompt: string): Promise<string> {
  process.stderr.write(`${prompt} `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
