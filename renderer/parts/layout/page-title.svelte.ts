import { text } from '../../text/text.ts';

/** What the tab or the window says of this page: how much is new, then what it shows. */
class PageTitle {
  unread = $state(0);

  of(title: string): string {
    const count = this.unread > 99 ? text.unread.many : this.unread;
    return `${this.unread > 0 ? `(${count}) ` : ''}${title} · ${text.product}`;
  }
}

export const pageTitle = new PageTitle();
