/**
 * The behavior of each era of the existing server on the wire (docs/protocol/existing-server.md, "Versions at a
 * glance"). Where nothing is known of an era in the middle, it is as the one before.
 */
export type EraName = '0.8' | '1.0' | '2.x' | '3.x';

export interface Era {
  readonly version: string;
  /** Listed in its discovery document. With null, it doesn't read the header with the version. */
  readonly versions: readonly string[] | null;
  /** Whether its discovery document depends on `allow_discovery`. */
  readonly hidesPage: boolean;
  /** How many signed lines it accepts. */
  readonly takes: 'four' | 'four or five' | 'five';
  /** The destination that it names in its own calls. */
  readonly names: 'nothing' | 'the host of the URL' | 'the server';
  /** Whether the host of its own public URL is a name of its own. */
  readonly takesOwnHost: boolean;
  /** The text of a body that it hashes: the bytes, or what it would write itself. */
  readonly hashes: 'what it would write' | 'what it received';
  /** Whether keys and signatures of small order are refused. */
  readonly isStrict: boolean;
  /** Whether any signature on an event is enough, or only the first by key ID is looked at. */
  readonly takesAnySignature: boolean;
  /** The checks that an event has to pass beside its signature, cumulatively. */
  readonly checks: 'none' | 'namespace' | 'form' | 'scope';
  /** Whether it sends its events itself and asks for those it missed. Otherwise it only answers. */
  readonly isActive: boolean;
  /** Whether events of its guilds name their message as all others do, with mentions and files inside the signature. */
  readonly signsAll: boolean;
  /** Whether joins, leaves, kicks and bans of other servers' users are events in its own name. */
  readonly endorses: boolean;
  /** Whether what others write in its guild is shown there, and not in a mirror that nobody is in. */
  readonly showsInGuild: boolean;
  /** Whether it lists its guilds. */
  readonly listsGuilds: boolean;
  /** Whether a file's link is only for the peer that asked for it. */
  readonly bindsFiles: boolean;
  /** How long it keeps a key that it discovered; null: for ever, as measured. */
  readonly discoveredKeyMsMax: number | null;
  /** Whether a key that its admin pins is used to verify anything. */
  readonly usesPins: boolean;
}

const first: Era = {
  version: 'federation-v1',
  versions: null,
  hidesPage: false,
  takes: 'four',
  names: 'nothing',
  takesOwnHost: false,
  hashes: 'what it would write',
  isStrict: false,
  takesAnySignature: false,
  checks: 'none',
  isActive: false,
  signsAll: false,
  endorses: false,
  showsInGuild: false,
  listsGuilds: false,
  bindsFiles: false,
  discoveredKeyMsMax: null,
  usesPins: false,
};
const second: Era = {
  ...first,
  version: 'federation-v2',
  versions: ['federation-v2', 'federation-v1'],
  hidesPage: true,
  takes: 'four or five',
  names: 'the host of the URL',
  hashes: 'what it received',
  checks: 'namespace',
  isActive: true,
  listsGuilds: true,
};
const third: Era = { ...second, takes: 'five', checks: 'form' };
const fourth: Era = {
  ...third,
  names: 'the server',
  takesOwnHost: true,
  isStrict: true,
  takesAnySignature: true,
  checks: 'scope',
  signsAll: true,
  endorses: true,
  showsInGuild: true,
  bindsFiles: true,
  discoveredKeyMsMax: 30 * 86_400_000,
  usesPins: true,
};

export const eras: Readonly<Record<EraName, Era>> = {
  '0.8': first,
  '1.0': second,
  '2.x': third,
  '3.x': fourth,
};
