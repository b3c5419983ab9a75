import { SvelteMap } from 'svelte/reactivity';
import type { RoomView } from '../../../../shared/api/views/room-views.ts';
import { newCallKey } from '../../../node/call-keys.ts';
import { type Failure, failureOf } from '../../../node/failure.ts';
import type { NodeLink } from '../../../node/node-link.ts';
import { forgetRecent } from '../emoji/recent-emoji.ts';
import { FilesToSend } from './files-to-send.svelte.ts';
import { type Answered, Outgoing, type Unsent } from './outgoing.ts';
import {
  allUnsent,
  askToSend,
  dropUnsent,
  forgetUnsent,
  type GoesOut,
  keepUnsent,
  unsentIn,
} from './unsent-store.ts';

const saveMs = 200;

/** The user's unfinished text in one channel. Survives other screens and a reload. */
export class Draft {
  text = $state('');
  answers: Answered | null = $state.raw(null);
  unsent: readonly Unsent[] = $state.raw([]);
  failure: Failure | null = $state.raw(null);
  busy = $state(false);
  goesOut: GoesOut | null = $state(null);
  readonly files: FilesToSend;
  /** The message goes as soon as its files are uploaded. */
  isWaiting = $state(false);
  #as = '';
  readonly #outgoing: Outgoing;
  readonly #key: string;
  readonly #place: { readonly room_id: string; readonly channel_id: string | undefined };
  #saving: ReturnType<typeof setTimeout> | undefined;
  #isForgotten = false;
  /** Messages that earlier pages left unsent were read, and stand first. */
  readonly #ready: Promise<void>;

  constructor(node: NodeLink, roomId: string, channelId: string | undefined) {
    this.#key = `draft ${roomId} ${channelId ?? ''}`;
    this.#place = { room_id: roomId, channel_id: channelId };
    this.text = load(this.#key);
    this.answers = JSON.parse(load(this.#answersKey) || 'null') as Answered | null;
    this.files = new FilesToSend(node, roomId, () => this.#filesChanged());
    const about = { room_id: roomId, ...(channelId === undefined ? {} : { channel_id: channelId }) };
    this.#outgoing = new Outgoing({
      post: (message) => node.api.postMessage({ ...about, ...message }),
      newKey: newCallKey,
      changed: () => this.#show(),
    });
    this.#ready = this.#restore();
  }

  async #restore(): Promise<void> {
    const kept = await unsentIn(this.#place);
    if (this.#isForgotten || kept.length === 0) return;
    this.unsent = kept.map(({ key, body, files, answers, as }) => ({ key, body, files, answers, as }));
    this.#outgoing.restore(this.unsent);
  }

  write(text: string): void {
    this.text = text;
    this.#saving ??= setTimeout(() => this.#save(), saveMs);
  }

  /** From now on, the message replies to that one; to none with `null`. */
  answer(answers: Answered | null): void {
    this.answers = answers;
    this.#save();
  }

  send(as: string): void {
    const body = this.text.trim();
    const { list, areComplete } = this.files;
    if (body === '' && list.length === 0) return;
    this.#as = as;
    this.isWaiting = !areComplete && !list.some(({ failure }) => failure !== null);
    if (!areComplete) return;
    this.text = '';
    const files = this.files.taken();
    const { answers } = this;
    this.answers = null;
    void this.#ready.then(() => this.#outgoing.add(body, as, files, answers));
  }

  #filesChanged(): void {
    if (this.isWaiting) this.send(this.#as);
  }

  retry(): void {
    void this.#outgoing.send();
  }

  /** The node answers again: sends what waited only for that. */
  async sendWaiting(): Promise<void> {
    await this.#ready;
    if (this.failure === null || this.failure.code === 'OFFLINE') this.retry();
  }

  /** Moves an unsent message back into the field. */
  takeBack(key: string): void {
    const message = this.#outgoing.discard(key);
    if (message !== null) {
      const { body, files, answers } = message;
      this.answers ??= answers;
      this.write(this.text.trim() === '' ? body : `${body}\n${this.text}`);
      this.files.restore(files, message.as);
    }
    this.#save();
  }

  #show(): void {
    const before = this.unsent;
    this.unsent = this.#outgoing.unsent;
    const isIn = (list: readonly Unsent[], key: string) => list.some((one) => one.key === key);
    if (!this.#isForgotten)
      for (const message of this.unsent) if (!isIn(before, message.key)) keepUnsent(this.#place, message);
    for (const { key } of before) if (!isIn(this.unsent, key)) dropUnsent(key);
    this.busy = this.#outgoing.busy;
    this.failure = this.#outgoing.failure === null ? null : failureOf(this.#outgoing.failure);
    if (this.failure?.code === 'OFFLINE') void askToSend().then((goesOut) => (this.goesOut = goesOut));
    this.#save();
  }

  get #answersKey(): string {
    return `answers ${this.#key}`;
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    if (this.#isForgotten) return;
    try {
      keep(this.#key, this.text);
      keep(this.#answersKey, this.answers === null ? '' : JSON.stringify(this.answers));
    } catch {
      // A draft without storage is lost on reload. Nothing else depends on it.
    }
  }

  /** Before the page closes: saves what was just typed. */
  flush(): void {
    this.#save();
  }

  /** Stops uploads, and keeps nothing from now on. */
  forget(): void {
    clearTimeout(this.#saving);
    this.#isForgotten = true;
    this.files.taken();
  }
}

/** Names who last wrote in this browser, which keeps unsent messages, and in this tab, which keeps drafts. */
const personKey = 'person';
const drafts = new SvelteMap<string, Draft>();

/** One draft per channel, however often its screen is opened. */
export function draftOf(node: NodeLink, roomId: string, channelId: string | undefined): Draft {
  const key = `${roomId} ${channelId ?? ''}`;
  const draft = drafts.get(key) ?? new Draft(node, roomId, channelId);
  drafts.set(key, draft);
  return draft;
}

/** Somebody else may use this page and this browser now. */
export function forgetDrafts(): void {
  forgetTab();
  forgetUnsent();
  forgetRecent();
  localStorage.removeItem(personKey);
}

function forgetTab(): void {
  for (const draft of drafts.values()) draft.forget();
  drafts.clear();
  sessionStorage.clear();
}

/** The text that is being written in a room, in the first of its channels with any. */
export function draftIn({ room_id, channels }: Pick<RoomView, 'room_id' | 'channels'>): string {
  const texts = channels.map(({ channel_id }) => {
    const opened = drafts.get(`${room_id} ${channel_id}`);
    return opened ? opened.text : load(`draft ${room_id} ${channel_id}`);
  });
  return texts.find((text) => text.trim() !== '') ?? '';
}

/** Sends what this user's tabs have left unsent, once the node answers. */
export async function sendAllWaiting(node: NodeLink, as: string): Promise<void> {
  for (const one of await allUnsent())
    if (one.as === as) void draftOf(node, one.room_id, one.channel_id).sendWaiting();
}

/** Forgets what somebody else was writing before, in this tab and in this browser. */
export function writeAs(user: string): void {
  const isOther = (storage: Storage) => ![null, user].includes(storage.getItem(personKey));
  if (isOther(sessionStorage)) forgetTab();
  if (isOther(localStorage)) forgetUnsent();
  for (const storage of [sessionStorage, localStorage]) storage.setItem(personKey, user);
}

function keep(key: string, text: string): void {
  if (text === '') sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, text);
}

function load(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
