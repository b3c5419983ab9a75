import type { NodeLink } from '../../node/node-link.ts';
import { serverNameOf, uniquePart, userNameOf } from './advice.ts';

/** Names that somebody chose instead of those that follow from their own. */
interface Chosen {
  readonly server: string;
  readonly owner: string;
  /** Empty if user names carry the server's name. */
  readonly domain: string;
}

const key = 'newcomer';

interface Kept {
  readonly name: string;
  readonly unique: string;
  readonly chosen: Chosen | null;
  readonly where: 'home' | 'elsewhere';
  /** The one who asked for an invite. */
  readonly asker: string | null;
  /** The room to invite to; `null`: any. */
  readonly room: string | null;
}

const fresh = (): Kept => ({
  name: '',
  unique: uniquePart(crypto.getRandomValues(new Uint8Array(4))),
  chosen: null,
  where: 'elsewhere',
  asker: null,
  room: null,
});

/** Remembers the person of the first run until their server has a name. Survives a reload. */
class Newcomer {
  /** The first run goes on although the server has a name by now. */
  stays = $state(false);
  #kept: Kept = $state.raw(JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? fresh());

  get name(): string {
    return this.#kept.name;
  }

  set name(name: string) {
    this.keep({ name });
  }

  get unique(): string {
    return this.#kept.unique;
  }

  get where(): Kept['where'] {
    return this.#kept.where;
  }

  get asker(): string | null {
    return this.#kept.asker;
  }

  get room(): string | null {
    return this.#kept.room;
  }

  keep(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change };
    sessionStorage.setItem(key, JSON.stringify(this.#kept));
  }

  get owner(): string {
    return this.#kept.chosen?.owner ?? userNameOf(this.name);
  }

  get server(): string {
    return this.#kept.chosen?.server ?? serverNameOf(this.owner, this.unique);
  }

  get domain(): string {
    return this.#kept.chosen?.domain ?? '';
  }

  /** Names the server and makes its key. Repeating it changes nothing. */
  async setUp(node: NodeLink): Promise<void> {
    this.stays = true;
    try {
      await node.api.setUp({
        server_name: this.server,
        owner: this.owner,
        display_name: this.name.trim(),
        ...(this.domain === '' ? {} : { domain: this.domain }),
      });
    } catch (error) {
      this.stays = false;
      throw error;
    }
  }
}

export const newcomer = new Newcomer();
