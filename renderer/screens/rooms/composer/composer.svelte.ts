import { SvelteMap } from 'svelte/reactivity';
import type { RoomView } from '../../../../shared/api/views/room-views.ts';
import { newCallKey } from '../../../node/call-keys.ts';
import { type Failure, failureOf } from '../../../node/failure.ts';
import type { NodeLink } from '../../../node/node-link.ts';
import { Outgoing, type Unsent } from './outgoing.ts';

const saveMs = 200;

/** What outlives the page. */
interface Kept {
  readonly text: string;
  readonly unsent: readonly Unsent[];
}

/** What the user is writing in one channel. Survives other screens and a reload. */
export class Draft {
  text = $state('');
  unsent: readonly Unsent[] = $state.raw([]);
  failure: Failure | null = $state.raw(null);
  busy = $state(false);
  readonly #outgoing: Outgoing;
  readonly #key: string;
  #saving: ReturnType<typeof setTimeout> | undefined;

  constructor(node: NodeLink, roomId: string, channelId: string | undefined) {
    this.#key = `draft ${roomId} ${channelId ?? ''}`;
    const kept = load(this.#key);
    this.text = kept.text;
    const about = { room_id: roomId, ...(channelId === undefined ? {} : { channel_id: channelId }) };
    this.#outgoing = new Outgoing(
      {
        post: (message) => node.api.postMessage({ ...about, ...message }),
        newKey: newCallKey,
        changed: () => this.#show(),
      },
      kept.unsent,
    );
    this.#show();
  }

  write(text: string): void {
    this.text = text;
    this.#saving ??= setTimeout(() => this.#save(), saveMs);
  }

  send(as: string): void {
    const body = this.text.trim();
    if (body === '') return;
    this.text = '';
    void this.#outgoing.add(body, as);
  }

  retry(): void {
    void this.#outgoing.send();
  }

  /** Moves an unsent message back into the field. */
  takeBack(key: string): void {
    const body = this.#outgoing.discard(key);
    if (body !== null) this.write(this.text.trim() === '' ? body : `${body}\n${this.text}`);
    this.#save();
  }

  #show(): void {
    this.unsent = this.#outgoing.unsent;
    this.busy = this.#outgoing.busy;
    this.failure = this.#outgoing.failure === null ? null : failureOf(this.#outgoing.failure);
    this.#save();
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    const kept: Kept = { text: this.text, unsent: this.unsent };
    try {
      if (kept.text === '' && kept.unsent.length === 0) sessionStorage.removeItem(this.#key);
      else sessionStorage.setItem(this.#key, JSON.stringify(kept));
    } catch {
      // Without storage the draft is lost on reload. Nothing else depends on it.
    }
  }

  /** Before the page closes: saves what was just typed. */
  flush(): void {
    this.#save();
  }
}

const drafts = new SvelteMap<string, Draft>();

/** One draft per channel, however often its screen is opened. */
export function draftOf(node: NodeLink, roomId: string, channelId: string | undefined): Draft {
  const key = `${roomId} ${channelId ?? ''}`;
  const draft = drafts.get(key) ?? new Draft(node, roomId, channelId);
  drafts.set(key, draft);
  return draft;
}

/** What is being written in a room, in the first of its channels where something is. */
export function draftIn({ room_id, channels }: Pick<RoomView, 'room_id' | 'channels'>): string {
  const texts = channels.map(({ channel_id }) => {
    const opened = drafts.get(`${room_id} ${channel_id}`);
    return opened ? opened.text : load(`draft ${room_id} ${channel_id}`).text;
  });
  return texts.find((text) => text.trim() !== '') ?? '';
}

function load(key: string): Kept {
  const nothing: Kept = { text: '', unsent: [] };
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null') as Kept | null;
    return kept === null ? nothing : { ...nothing, ...kept };
  } catch {
    return nothing;
  }
}
