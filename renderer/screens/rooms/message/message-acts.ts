import type { TimelineItem } from '../../../../shared/api/views/room-views.ts';
import { copy } from '../../../parts/controls/copy-save.ts';
import type { MenuItem } from '../../../parts/controls/menu-item.ts';
import { text } from '../../../text/text.ts';
import type { Talk } from '../timeline/talk.svelte.ts';

/** Everything that can be done with a message, for its menu and for the sheet of a touch screen. */
export function actsOn(talk: Talk, item: TimelineItem): MenuItem[] {
  const words = text.rooms.message;
  const { body, sender } = item;
  const author = { user: talk.nameOf(sender) };
  return [
    ...(talk.canAnswer(item) ? [{ label: words.reply, act: () => talk.answer(item) }] : []),
    ...(talk.canEdit(item) ? [{ label: words.edit, act: () => talk.edit(item, false) }] : []),
    ...(talk.canForward(item) ? [{ label: words.forward, act: () => (talk.forwarding = item) }] : []),
    ...(talk.canPin(item)
      ? [{ label: talk.isPinned(item) ? words.unpin : words.pin, act: () => void talk.pin(item) }]
      : []),
    ...(body ? [{ label: words.copy, act: () => void copy(body, { done: words.copied }) }] : []),
    { label: words.copyLink, act: () => void copy(talk.linkTo(item), { done: words.linkCopied }) },
    { label: words.details, act: () => (talk.details = item.event_id) },
    ...(talk.canDelete(item)
      ? [{ label: words.delete, act: () => (talk.deleting = item), danger: true }]
      : []),
    ...(talk.canTakeOut(item)
      ? [
          { label: words.removeAuthor(author), act: () => talk.takeOut(sender, false), danger: true },
          { label: words.banAuthor(author), act: () => talk.takeOut(sender, true), danger: true },
        ]
      : []),
  ];
}
