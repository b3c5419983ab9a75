/** Says who sent a request: the owner's machine, a person who logged in, or a bot. One policy judges all of them. */
import type { ServerResponse } from 'node:http';
import type { ProcedureName } from '../../shared/api/contract.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Tables } from '../store/ports.ts';
import { type AccessFacts, type Caller, decide, shown, whyNotProcedure } from './policy.ts';

/** The login that a request came with. */
export interface Login {
  /** Different for each login, so that the streams of one can be counted. */
  readonly id: string;
  /** The caller as they are now; why not, if the login has ended. A body can arrive slowly. */
  caller(): Caller | Said;
  /** Call the returned function to unsubscribe. */
  whenEnded(end: () => void): () => void;
}

/** The owner's programs on the machine. Their stream ends with the program. */
export const machineLogin: Login = {
  id: '',
  caller: () => ({ kind: 'machine' }),
  whenEnded: () => () => {},
};

/** A request by somebody who is known. */
export class Known {
  readonly #login: Login;
  readonly #facts: AccessFacts;

  constructor(login: Login, facts: AccessFacts) {
    this.#login = login;
    this.#facts = facts;
  }

  get id(): string {
    return this.#login.id;
  }

  /** UNAUTHORIZED once the login has ended. */
  get caller(): Caller {
    const caller = this.#login.caller();
    if ('kind' in caller) return caller;
    throw refusal('UNAUTHORIZED', caller);
  }

  /** FORBIDDEN for what the caller may not use, before anything else in the request is read. */
  require(name: ProcedureName): void {
    const whyNot = whyNotProcedure(this.caller, name);
    if (whyNot !== null) throw refusal('FORBIDDEN', whyNot);
  }

  /** Returns the procedure's answer to the caller, limited to what they may see. */
  async answer(
    name: ProcedureName,
    input: unknown,
    answer: (input: unknown) => Promise<unknown>,
  ): Promise<unknown> {
    const { caller } = this;
    const verdict = decide(caller, name, input as object, this.#facts);
    if (!verdict.allowed) throw refusal('FORBIDDEN', verdict.why);
    const output = shown(caller, name, await answer(verdict.input), this.#facts);
    if (output === null)
      throw refusal('FORBIDDEN', said('caller.no_room', { user: 'userId' in caller ? caller.userId : '' }));
    return output;
  }

  /** The caller; null once the login has ended. */
  get callerNow(): Caller | null {
    const caller = this.#login.caller();
    return 'kind' in caller ? caller : null;
  }

  /** Ends a stream when the login ends. */
  endWith(response: ServerResponse): void {
    if (response.destroyed) return;
    response.once(
      'close',
      this.#login.whenEnded(() => response.end()),
    );
  }
}

/** Answers the policy's questions from the store. */
export const accessFacts = (
  store: Tables<'consents' | 'events' | 'rooms'>,
  keyring: Pick<Keyring, 'serverName'>,
  roleOf: AccessFacts['roleOf'],
): AccessFacts => ({
  isMember: (roomId, userId) => store.rooms.member(roomId, userId)?.state === 'joined',
  membersOf: (roomId) => new Set(store.rooms.joined(roomId, keyring.serverName)),
  isClosed: (roomId, userId) => store.consents.waiting(userId, roomId) !== null,
  inviteeOf: (inviteId) => store.rooms.invite(inviteId)?.user_id,
  roomOf: (eventId) => store.events.byId(eventId)?.room_id,
  roleOf,
  meet: (userId, other) =>
    store.rooms.ofBoth(userId, other).some((room) => store.consents.waiting(userId, room) === null),
});

/** Subscribers to the end of logins, by the login's ID. */
export class Endings {
  readonly #ends = new Map<string, Set<() => void>>();

  when(id: string, end: () => void): () => void {
    const ends = this.#ends.get(id) ?? new Set();
    ends.add(end);
    this.#ends.set(id, ends);
    return () => {
      ends.delete(end);
      if (ends.size === 0) this.#ends.delete(id);
    };
  }

  end(id: string): void {
    for (const end of [...(this.#ends.get(id) ?? [])]) end();
  }
}
