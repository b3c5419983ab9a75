import type { NodeLink } from '../node/node-link.ts';
import { toasts } from '../parts/notes/toasts.svelte.ts';
import { text } from '../text/text.ts';
import { router } from './router.svelte.ts';

/** Shows notices of the node to those who get them: its owner, and admins. Call the returned function to stop. */
export const showNotices = (node: NodeLink): (() => void) =>
  node.onNews((news) => {
    if (news.topic !== 'notice') return;
    const { level, server_name } = news;
    const open = () =>
      server_name === undefined ? router.go('server') : router.go('server', 'connections', server_name);
    toasts.say(news.text, {
      isNews: true,
      kind: level === 'warning' ? 'warning' : 'good',
      action:
        level === 'warning' || server_name !== undefined ? { label: text.common.open, act: open } : null,
    });
  });
