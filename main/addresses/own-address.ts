/** Where peers reach this server, as its invites and acceptances declare it. */
export interface OwnAddress {
  /** Absolute, federation prefix included; `null` while the owner has named no public address. */
  readonly endpoint: string | null;
  /** SHA-256 of our certificate's public key, where peers have to pin it. */
  readonly tlsSha256: string | null;
}
