import type { Locator } from 'playwright';

/** Chooses from a message's menu, as with the mouse. Reactions have a button of their own. */
export async function useMessage(message: Locator, tool: string): Promise<void> {
  await message.hover();
  if (tool === 'React') return message.getByRole('button', { name: tool, exact: true }).click();
  await message.getByRole('button', { name: 'More', exact: true }).click();
  await message.page().getByRole('menuitem', { name: tool, exact: true }).click();
}
