import type {
  AuthenticationResponseJSON,
  RegistrationResponseJSON,
  VerifiedRegistrationResponse,
} from '@simplewebauthn/server';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import { addressKind } from '../kernel/ip.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { PasskeyRow } from '../store/tables/passkey-store.ts';
import type { Accounts, NewDevice } from './accounts.ts';

const challengeMs = 5 * 60_000;
/** Asked for and not answered yet, of everybody together. The oldest make room. */
const challengesMax = 10_000;
const passkeysMax = 32;

/** The purpose for which a passkey was asked. `login`: by somebody whom we don't know yet. */
interface Challenge {
  readonly userId: string | 'login';
  readonly rpId: string;
  readonly expiresAt: number;
}

interface Deps {
  readonly store: Tables<'accounts' | 'passkeys' | 'writer'>;
  readonly accounts: Accounts;
  /** The host names of this server. */
  readonly hosts: () => ReadonlySet<string>;
  readonly serverName: () => string;
  readonly clock: Clock;
  readonly random: Random;
}

/** The library reads ASN.1 and CBOR, and most nodes never need it. */
const library = () => import('@simplewebauthn/server');

/** Logging in with a passkey. It belongs to a host name (the “relying party ID”) and works at no other. */
export class Passkeys {
  readonly #deps: Deps;
  readonly #challenges = new BoundedMap<string, Challenge>(challengesMax);

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Whether passkeys can be made for this host: a name of ours. No browser makes one for an IP address. */
  worksAt(host: string): boolean {
    return addressKind(host) === 'none' && this.#deps.hosts().has(host);
  }

  /** Returns the JSON from which the browser makes a passkey. BAD_REQUEST for a host that isn't ours. */
  async toMake(userId: string, displayName: string, host: string): Promise<string> {
    const { store, serverName } = this.#deps;
    const { generateRegistrationOptions } = await library();
    const options = await generateRegistrationOptions({
      rpName: serverName(),
      rpID: this.#required(host),
      userName: userId,
      userDisplayName: displayName,
      userID: Buffer.from(sha256Hex(userId), 'hex'),
      challenge: this.#challenge(userId, host),
      attestationType: 'none',
      excludeCredentials: store.passkeys
        .of(userId)
        .filter(({ rp_id }) => rp_id === host)
        .map(({ id }) => ({ id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    return JSON.stringify(options);
  }

  /** The row of a passkey that the browser made. BAD_REQUEST if it doesn't fit what it was asked for. */
  async made(userId: string, answer: string, device: string): Promise<PasskeyRow> {
    const { store, clock } = this.#deps;
    const response = parsed<RegistrationResponseJSON>(answer);
    const { rpId, challenge } = this.#answered(response.response?.clientDataJSON, userId);
    const { verifyRegistrationResponse } = await library();
    let found: VerifiedRegistrationResponse;
    try {
      found = await verifyRegistrationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: originOf(response.response.clientDataJSON, rpId),
        expectedRPID: rpId,
        requireUserVerification: true,
      });
    } catch {
      throw refusal('BAD_REQUEST', said('people.passkey_refused'));
    }
    if (!found.verified || store.passkeys.byId(found.registrationInfo.credential.id))
      throw refusal('BAD_REQUEST', said('people.passkey_refused'));
    const { credential } = found.registrationInfo;
    const now = clock.now();
    return {
      id: credential.id,
      user_id: userId,
      rp_id: rpId,
      public_key: Buffer.from(credential.publicKey),
      counter: credential.counter,
      device,
      created_at: now,
      last_used_at: now,
    };
  }

  /** Checks an answer as `made` does, and keeps the passkey. CONFLICT if the user has too many. */
  async add(userId: string, answer: string, device: string): Promise<void> {
    const { store, accounts } = this.#deps;
    const row = await this.made(userId, answer, device);
    await store.writer.write((tx) => {
      if (store.passkeys.of(userId).length >= passkeysMax)
        throw refusal('CONFLICT', said('people.too_many_passkeys', { max: passkeysMax }));
      if (!store.accounts.byUserId(userId)) throw refusal('CONFLICT', said('people.no_account'));
      store.passkeys.add(row);
      tx.afterCommit(() => accounts.changed(userId));
    });
  }

  /** Returns the JSON with which the browser logs in by one of its passkeys for this host. */
  async toLogIn(host: string): Promise<string> {
    const { generateAuthenticationOptions } = await library();
    const options = await generateAuthenticationOptions({
      rpID: this.#required(host),
      challenge: this.#challenge('login', host),
      userVerification: 'required',
    });
    return JSON.stringify(options);
  }

  /** The value of a new session's cookie. FORBIDDEN for everything that isn't a passkey of an account that is open. */
  async logIn(answer: string, device: NewDevice): Promise<string> {
    const { store, accounts, clock } = this.#deps;
    const response = parsed<AuthenticationResponseJSON>(answer);
    const { rpId, challenge } = this.#answered(response.response?.clientDataJSON, 'login');
    const refused = refusal('FORBIDDEN', said('people.passkey_unknown'));
    const row = store.passkeys.byId(String(response.id));
    if (row?.rp_id !== rpId) throw refused;
    const { verifyAuthenticationResponse } = await library();
    const found = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: originOf(response.response.clientDataJSON, rpId),
      expectedRPID: rpId,
      requireUserVerification: true,
      credential: { id: row.id, publicKey: Uint8Array.from(row.public_key), counter: row.counter },
    }).catch(() => null);
    if (!found?.verified) throw refused;
    return store.writer.write((tx) => {
      const account = store.accounts.byUserId(row.user_id);
      if (!store.passkeys.byId(row.id) || !account || !accounts.isOpen(account)) throw refused;
      store.passkeys.used(row.id, found.authenticationInfo.newCounter, clock.now());
      return accounts.addSession(tx, row.user_id, device);
    });
  }

  of(userId: string): PasskeyRow[] {
    return this.#deps.store.passkeys.of(userId);
  }

  /** NOT_FOUND if the user has no such passkey. Logins that it made stay. */
  async remove(userId: string, id: string): Promise<void> {
    const { store, accounts } = this.#deps;
    await store.writer.write((tx) => {
      if (!store.passkeys.remove(userId, id)) throw refusal('NOT_FOUND', said('people.no_passkey'));
      tx.afterCommit(() => accounts.changed(userId));
    });
  }

  #required(host: string): string {
    if (!this.worksAt(host)) throw refusal('BAD_REQUEST', said('people.no_passkeys_here', { host }));
    return host;
  }

  #challenge(userId: string, rpId: string): Uint8Array<ArrayBuffer> {
    const { random, clock } = this.#deps;
    const bytes = Uint8Array.from(random.bytes(32));
    const expiresAt = clock.now() + challengeMs;
    this.#challenges.set(Buffer.from(bytes).toString('base64url'), { userId, rpId, expiresAt });
    return bytes;
  }

  /** Finds the challenge that an answer is for, and uses it up. FORBIDDEN if it is unknown, too old or for another user. */
  #answered(clientData: unknown, userId: string): Challenge & { readonly challenge: string } {
    const { challenge } = clientDataOf(clientData);
    const found = this.#challenges.get(challenge);
    this.#challenges.delete(challenge);
    if (found?.userId !== userId || found.expiresAt <= this.#deps.clock.now())
      throw refusal('FORBIDDEN', said('people.passkey_late'));
    return { ...found, challenge };
  }
}

/** The library checks everything else about it. */
function parsed<T>(answer: string): T {
  const value: unknown = quietly(() => JSON.parse(answer));
  if (typeof value !== 'object' || value === null)
    throw refusal('BAD_REQUEST', said('people.passkey_refused'));
  return value as T;
}

function clientDataOf(text: unknown): { readonly challenge: string; readonly origin: string } {
  const value = quietly(() => JSON.parse(Buffer.from(String(text), 'base64url').toString()));
  const { challenge, origin } = (value ?? {}) as { challenge?: unknown; origin?: unknown };
  return { challenge: String(challenge), origin: String(origin) };
}

/** The page's address, if it is a secure one at this host, at whatever port; otherwise one that no page has. */
function originOf(clientData: string, host: string): string {
  const { origin } = clientDataOf(clientData);
  const url = quietly(() => new URL(origin));
  const isOurs = url instanceof URL && url.protocol === 'https:' && url.hostname === host;
  return isOurs ? origin : `https://${host}`;
}

function quietly(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}
