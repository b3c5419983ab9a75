import { type Api, contract, type Output, type ProcedureName } from '../../../shared/api/contract.ts';
import type { ProtocolError } from '../../../shared/protocol/errors.ts';
import type { FindingCode } from '../../../shared/protocol/reasons.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { wordsIn } from '../../../shared/words/words.ts';
import type { Leader, StandsBy } from '../../kernel/lead.ts';
import type { Clock } from '../../kernel/ports.ts';

/** Procedures that a standby answers itself although they change something: it has logins of its own. */
const ownCalls: ReadonlySet<ProcedureName> = new Set(['makeLoginLink']);
/** About the data folder of the node that is asked, so the owner asks the one that leads. */
const refusedHere: ReadonlySet<ProcedureName> = new Set(['moveData']);
/**
 * What only the leader knows, because it isn't in the database: work under way, what it asks peers for, how its
 * connections to peers are, which links it can still show, and the files in its data folder.
 */
const leadersReads: ReadonlySet<ProcedureName> = new Set([
  ...(['work', 'recovery', 'peerDirectory', 'people', 'peerCheck', 'activity'] as const),
  ...(['peers', 'peer', 'outbox', 'peerInvites', 'waitingAcceptances', 'backups'] as const),
]);
/** Findings about the computer of the node that has them. */
const ofComputer: ReadonlySet<FindingCode> = new Set([
  ...(['database-damaged', 'database-unreachable', 'disk-full', 'disk-read-only'] as const),
  ...(['open-files-exhausted', 'listener-down'] as const),
]);

export interface StandbyApiParts extends Pick<StandsBy, 'leader'> {
  readonly failurePage: (code: FindingCode) => string;
  readonly language: string;
  readonly clock: Pick<Clock, 'after'>;
}

export type CallLeader = (procedure: ProcedureName, input: unknown) => Promise<unknown>;

/** The leader's answer, or why there is none: its refusal, or null if it was late. */
type Asked = { readonly value: unknown } | { readonly error: unknown };

/** How long the answer of a standby waits for what the leader could add to it. */
const patienceMs = { status: 1_000, doctor: 5_000 } as const;

/** The control API of a standby: reads come from `own`, everything else from the leader. */
export function standbyApi(
  own: Api,
  callLeader: CallLeader,
  { leader, failurePage, language, clock }: StandbyApiParts,
): Api {
  const underWay = new Map<string, Promise<Asked>>();
  const asked = (name: keyof typeof patienceMs): Promise<Asked> => {
    const answer =
      underWay.get(name) ??
      callLeader(name, {}).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
    underWay.set(name, answer);
    void answer.then(() => underWay.delete(name));
    const late = Promise.withResolvers<Asked>();
    const cancel = clock.after(patienceMs[name], () => late.resolve({ error: null }));
    return Promise.race([answer, late.promise]).finally(cancel);
  };
  const refused = () => Promise.reject(refusal('CONFLICT', said('standby.reads_only')));
  const answerOf = (name: ProcedureName) => {
    if (refusedHere.has(name)) return refused;
    const isOwn = ownCalls.has(name) || (contract[name].method === 'GET' && !leadersReads.has(name));
    return isOwn ? own[name] : (input: unknown) => callLeader(name, input);
  };
  const names = Object.keys(contract) as ProcedureName[];
  const api = Object.fromEntries(names.map((name) => [name, answerOf(name)])) as unknown as Api;
  return {
    ...api,
    async status(input) {
      // Without the leader, the status says that nobody leads, or says so soon.
      const [here, there] = await Promise.all([own.status(input), asked('status')]);
      if ('error' in there) return here;
      const { reach, peers, outbox, clock_offset_ms } = there.value as Output<'status'>;
      return { ...here, reach, peers, outbox, clock_offset_ms };
    },
    async doctor(input) {
      const [here, asking] = await Promise.all([own.doctor(input), asked('doctor')]);
      if ('error' in asking) {
        const found = unreachable(asking.error, leader(), failurePage, language);
        return { ...here, findings: [...found, ...here.findings] };
      }
      const there = asking.value as Output<'doctor'>;
      return { ...there, findings: [...ofThisComputer(here, language), ...there.findings] };
    },
  };
}

/** If nobody leads, or the leader can't answer yet, the status says so. */
function unreachable(
  error: unknown,
  leader: Leader | null,
  failurePage: StandbyApiParts['failurePage'],
  language: string,
): Output<'doctor'>['findings'] {
  const { code: refused, said: why } = (error ?? {}) as Partial<ProtocolError>;
  const isSilent = error === null || why?.code === 'standby.not_asked' || why?.code === 'standby.not_reached';
  if (leader === null || !(isSilent || refused === 'FORBIDDEN')) return [];
  const { say } = wordsIn(language);
  const code = 'leader-unreachable';
  return [
    {
      ...{ code, help: failurePage(code), subject: null, severity: 'warning', depends_on: [] },
      title: say(said('standby.unreachable_title')),
      text: say(isSilent ? said('standby.unreachable', { leader: leader.name }) : said('standby.not_ours')),
      fix: isSilent ? say(said('standby.unreachable_fix', { leader: leader.name })) : null,
    },
  ];
}

/** The leader may have the same ones, so these say where. */
const ofThisComputer = ({ findings }: Output<'doctor'>, language: string): Output<'doctor'>['findings'] =>
  findings
    .filter(({ code }) => ofComputer.has(code))
    .map(({ title, ...rest }) => ({
      ...rest,
      title: wordsIn(language).say(said('standby.finding_here', { title })),
    }));
