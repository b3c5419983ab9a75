import { type Era, eras } from '../support/stand-in/era.ts';

const yesNo = (is: boolean): string => (is ? 'yes' : 'no');
const days = (ms: number): string => `${ms / 86_400_000} days`;

const checks: Readonly<Record<Era['checks'], string>> = {
  none: 'nothing',
  namespace: 'those with an ID of another server',
  form: 'also those older than 7 days, dated more than a minute ahead, or too long',
  scope: 'also those by nobody in the room, or about another guild or channel',
};

/** The stand-in's behavior as each version, in words. */
const rows: readonly (readonly [string, (era: Era) => string])[] = [
  [
    'How we know',
    (era) =>
      era.versions === null ? '0.5.0 and 0.8.5 were run' : 'its source and computed values; never run',
  ],
  ['Signed lines that it takes', ({ takes }) => takes],
  ['Its own requests name as their receiver', ({ names }) => names],
  ['Its discovery page is hidden unless `allow_discovery` is on', ({ hidesPage }) => yesNo(hidesPage)],
  [
    'It sends its events itself',
    ({ isActive, versions }) => (versions === null ? '0.5 only' : yesNo(isActive)),
  ],
  ['Messages of your users in its guild are shown there', ({ showsInGuild }) => yesNo(showsInGuild)],
  [
    'Signatures of an event that it looks at',
    ({ takesAnySignature }) => (takesAnySignature ? 'all' : 'the first by key ID'),
  ],
  ['File names and mentions are inside the signature', ({ signsAll }) => yesNo(signsAll)],
  [
    'It says in its own name who of other servers came, left, was kicked or banned',
    ({ endorses }) => yesNo(endorses),
  ],
  ['Events that it refuses beside wrong signatures', ({ checks: which }) => checks[which]],
  ['It uses a key that its admin pins', ({ usesPins }) => yesNo(usesPins)],
  [
    'How long it keeps a key that it discovered',
    ({ discoveredKeyMsMax: max }) => (max === null ? 'for ever' : days(max)),
  ],
];

/** The part of the document about versions of which there is no binary here. */
export function erasSection(): string {
  const all = Object.entries(eras);
  const cells = (first: string, others: readonly string[]) => `| ${[first, ...others].join(' | ')} |`;
  return [
    '## Versions\n',
    'Everything else here was measured with binaries. Of 1.0 and later there was none to run. In `npm test`, a stand-in plays',
    'them, made from their published source and compared with 225 values that their own code computed: keys, signatures,',
    'addresses, limits. Where nothing is known of a version in the middle, it does what the one before does. So these',
    'columns say what the stand-in does, and what your node is tested against:\n',
    cells(
      '',
      all.map(([name]) => (name === '0.8' ? 'until 0.9' : name)),
    ),
    cells(
      '---',
      all.map(() => '---'),
    ),
    ...rows.map(([what, say]) =>
      cells(
        what,
        all.map(([, era]) => say(era)),
      ),
    ),
    '',
  ].join('\n');
}
