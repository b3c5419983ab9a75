import type { OpenedLinkView } from '../../../shared/api/views/people-views.ts';
import { Action } from '../../node/action.svelte.ts';
import type { HttpLink } from '../../node/http-link.svelte.ts';

/** Reads where a link leads, which uses nothing up, and again if it is another one. Call it while a component is set up. */
export function openLink(node: () => HttpLink, secret: () => string) {
  const looking = new Action();
  let link = $state.raw<OpenedLinkView | null>(null);
  $effect(() => {
    const [from, named] = [node(), secret()];
    void looking.run(async () => {
      link = (await from.post('link', { secret: named })) as OpenedLinkView;
    });
  });
  return {
    looking,
    get link() {
      return link;
    },
  };
}
