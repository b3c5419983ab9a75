import type { Locator } from 'playwright';
import { wordsIn } from '../../../shared/words/words.ts';

/** Chooses from a message's menu, as with the mouse. Reactions have a button of their own. */
export async function useMessage(
  message: Locator,
  tool: string,
  { menu, react } = wordsIn('en').rooms.message,
): Promise<void> {
  const isReact = tool === react;
  const button = message.getByRole('button', { name: isReact ? tool : menu, exact: true });
  // The list may move away from below the pointer, because something else appears on the page.
  do await message.hover();
  while (!(await button.isVisible()));
  await button.click();
  if (isReact) return;
  await message.page().getByRole('menuitem', { name: tool, exact: true }).click();
}
