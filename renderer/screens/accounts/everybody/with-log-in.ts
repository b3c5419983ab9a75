import type { NodeLink } from '../../../node/node-link.ts';

/**
 * Makes a link for somebody. The owner who makes the first one wants people to log in. Without a link, nothing is
 * switched on.
 */
export async function withLogIn<T>(node: NodeLink, make: () => Promise<T>): Promise<T> {
  const opens = node.may('changeSettings') && !(await node.api.settings({})).people_log_in;
  if (opens) await node.api.changeSettings({ people_log_in: true });
  try {
    return await make();
  } catch (error) {
    if (opens) await node.api.changeSettings({ people_log_in: false });
    throw error;
  }
}
