import type { Attachment } from 'svelte/attachments';

/** A text area as high as what is in it, up to its `max-height`. `value` is what makes it measure again. */
export const growing =
  (value: () => string): Attachment<HTMLTextAreaElement> =>
  (area) => {
    value();
    area.style.height = 'auto';
    const borders = area.offsetHeight - area.clientHeight;
    area.style.height = `${area.scrollHeight + borders}px`;
  };
