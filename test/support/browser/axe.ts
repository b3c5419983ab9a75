import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';

const source = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/**
 * Runs in the page, and returns what axe finds, one line each, with the element it is about. Colors on their way to
 * others have no contrast of their own, so moving parts come to rest first.
 */
const look = (without: readonly string[]): string => `Promise.all(document.getAnimations()
  .filter(({ effect }) => effect.getComputedTiming().endTime < Infinity)
  .map(({ finished }) => finished.catch(() => {}))).then(() => axe.run(document, {
  resultTypes: ['violations'],
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  rules: ${JSON.stringify(Object.fromEntries(without.map((rule) => [rule, { enabled: false }])))},
})).then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
  nodes.map(({ html }) => id + ': ' + help + ': ' + html.slice(0, 160))))`;

/**
 * Returns what axe finds on the page. Axe is loaded once for each document, and its report stays there: sending both for
 * each screen took most of the time.
 */
export async function violations(page: Page, without: readonly string[] = []): Promise<string[]> {
  if (await page.evaluate<boolean>('window.axe === undefined')) await page.evaluate(source);
  return await page.evaluate<string[]>(look(without));
}
