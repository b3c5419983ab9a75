import { visible } from '../../../../shared/unicode/visible.ts';
import { text } from '../../../text/text.ts';
import type { Opening } from './opening.svelte.ts';

/** Returns the title of the step of an opening; `null` while there is only its field. */
export function headOf(opening: Opening): { readonly title: string; readonly explain?: string } | null {
  const words = text.invites.accept;
  const { answer, ask, preview, away, uncalled } = opening;
  if (answer) return { title: answer.server_name };
  if (ask) return { title: words.asks({ name: ask.from, room: ask.room }) };
  if (preview)
    return {
      title: preview.room
        ? words.roomQuestion({ room: visible(preview.room.name) })
        : words.question({ name: preview.server_name }),
    };
  if (away) return { title: words.awayTitle };
  return uncalled === null ? null : { title: words.from({ name: uncalled }) };
}
