/** A push message contains this, as JSON. `renderer/worker.ts` reads it. */
export interface PushMessage {
  readonly title: string;
  readonly body: string;
  /** A notification replaces an earlier one with the same tag. */
  readonly tag: string;
  /** A click opens this route. */
  readonly route: string;
  /** How much is unread, for the icon of the app. */
  readonly unread: number;
  /** The test that this is; the device reports that it was shown. */
  readonly test: string | null;
}
