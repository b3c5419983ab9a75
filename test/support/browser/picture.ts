import type { Api } from '../../../shared/api/contract.ts';
import type { MemberView, TimelineItem } from '../../../shared/api/views/room-views.ts';

/** A room as a node shows it, without the differences between nodes (delivery, arrival, who is asking). */
export interface Picture {
  readonly timeline: readonly Omit<TimelineItem, 'delivery' | 'arrival' | 'mentions_me'>[];
  readonly members: readonly Omit<MemberView, 'can_moderate'>[];
}

/** Reads all pages. */
export async function pictureOf(api: Api, roomId: string): Promise<Picture> {
  const timeline: Omit<TimelineItem, 'delivery' | 'arrival' | 'mentions_me'>[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.timeline({
      room_id: roomId,
      limit: 500,
      ...(cursor === undefined ? {} : { cursor }),
    });
    timeline.push(...page.items.map(({ delivery: _, arrival: _place, mentions_me: _mine, ...item }) => item));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  const { items } = await api.members({ room_id: roomId, limit: 500 });
  return { timeline, members: items.map(({ can_moderate: _, ...member }) => member) };
}

/** Whether all nodes show the same. */
export async function sameEverywhere(apis: readonly Api[], roomId: string): Promise<boolean> {
  const pictures = await Promise.all(apis.map(async (api) => JSON.stringify(await pictureOf(api, roomId))));
  return new Set(pictures).size === 1;
}

export const bodies = (picture: Picture): (string | null)[] =>
  picture.timeline.map((item) => item.body).reverse();
