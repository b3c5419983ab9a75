import type { Locator } from 'playwright';
import { wordsIn } from '../../../shared/words/words.ts';

/** Presses a button of a message that is there only under the mouse. */
export async function pressOn(message: Locator, name: string): Promise<void> {
  const button = message.getByRole('button', { name, exact: true });
  // The list may move away from below the pointer, because something else appears on the page.
  do await message.hover();
  while (!(await button.isVisible()));
  await button.click();
}

/** Rests a finger on a message until its sheet is there. */
export async function hold(message: Locator): Promise<void> {
  const page = message.page();
  // Brings it into view, and waits until it rests there: a reaction or a picture that has just come moves it.
  await message.tap({ trial: true });
  const { x, y, width, height } = (await message.boundingBox())!;
  const session = await page.context().newCDPSession(page);
  const at = { x: x + Math.min(120, width / 2), y: y + height - 10 };
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
  await page.getByRole('dialog').waitFor();
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await session.detach();
}

/** Chooses from a message's menu, as with the mouse. Reactions have a button of their own. */
export async function useMessage(
  message: Locator,
  tool: string,
  { menu, react } = wordsIn('en').rooms.message,
): Promise<void> {
  if (tool === react) return await pressOn(message, react);
  await pressOn(message, menu);
  await message.page().getByRole('menuitem', { name: tool, exact: true }).click();
}
