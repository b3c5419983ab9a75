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
