import { text } from '../../text/text.ts';

/** The title of the tab or window: how much is new, then what the page shows. */
class PageTitle {
  unread = $state(0);

  of(title: string): string {
    const count = this.unread > 99 ? text.unread.many : this.unread;
    return `${this.unread > 0 ? `(${count}) ` : ''}${title} · ${text.product}`;
  }
}

export const pageTitle = new PageTitle();
