import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64url');
const sha256 = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest();

/** The page that asks for a passkey, and what the authenticator says about its person. */
export interface Page {
  readonly origin?: string;
  readonly rpId?: string;
  /** Whether the person showed a finger, a face or a PIN. */
  readonly verified?: boolean;
}

/** An authenticator with one passkey. It is ours, so that it can also lie. */
export class Authenticator {
  readonly #id = randomBytes(16);
  readonly #key: KeyObject;
  readonly #cose: Buffer;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    // A COSE key: kty EC2, ES256, P-256, and the two coordinates.
    this.#cose = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'),
      Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'),
      Buffer.from(y, 'base64url'),
    ]);
  }

  make(options: string, { origin = 'https://a.test', rpId = 'a.test', verified = true }: Page = {}): string {
    const clientData = this.#clientData('webauthn.create', options, origin);
    const flags = verified ? 0x45 : 0x41;
    const length = Buffer.from([0, this.#id.length]);
    const authData = Buffer.concat([this.#head(rpId, flags), Buffer.alloc(16), length, this.#id, this.#cose]);
    const size = Buffer.from([0x58, authData.length]);
    const attestation = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'),
      size,
      authData,
    ]);
    const response = { clientDataJSON: base64(clientData), attestationObject: base64(attestation) };
    return this.#json(response);
  }

  use(options: string, { origin = 'https://a.test', rpId = 'a.test', verified = true }: Page = {}): string {
    const clientData = this.#clientData('webauthn.get', options, origin);
    const authData = this.#head(rpId, verified ? 0x05 : 0x01);
    const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), this.#key);
    return this.#json({
      clientDataJSON: base64(clientData),
      authenticatorData: base64(authData),
      signature: base64(signature),
    });
  }

  #head(rpId: string, flags: number): Buffer {
    return Buffer.concat([sha256(rpId), Buffer.from([flags, 0, 0, 0, 0])]);
  }

  #clientData(type: string, options: string, origin: string): string {
    return JSON.stringify({ type, challenge: JSON.parse(options).challenge, origin, crossOrigin: false });
  }

  #json(response: object): string {
    const id = base64(this.#id);
    return JSON.stringify({ id, rawId: id, type: 'public-key', clientExtensionResults: {}, response });
  }
}
