import { type Api, contract, type Output, type ProcedureName } from '../../../shared/api/contract.ts';
import type { FindingCode } from '../../../shared/protocol/reasons.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { wordsIn } from '../../../shared/words/words.ts';

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
  ...(['open-files', 'not-listening'] as const),
]);

export type CallLeader = (procedure: ProcedureName, input: unknown) => Promise<unknown>;

/** The control API of a standby: reads come from `own`, everything else from the leader. */
export function standbyApi(own: Api, callLeader: CallLeader, language: string): Api {
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
      const [here, there] = await Promise.all([
        own.status(input),
        // Without it, the status says that nobody leads, or says so soon.
        (callLeader('status', input) as Promise<Output<'status'>>).catch(() => null),
      ]);
      if (there === null) return here;
      const { reach, peers, outbox, clock_offset_ms } = there;
      return { ...here, reach, peers, outbox, clock_offset_ms };
    },
    async doctor(input) {
      const there = (await callLeader('doctor', input)) as Output<'doctor'>;
      const here = await own.doctor(input);
      return { ...there, findings: [...ofThisComputer(here, language), ...there.findings] };
    },
  };
}

/** The leader may have the same ones, so these say where. */
const ofThisComputer = ({ findings }: Output<'doctor'>, language: string): Output<'doctor'>['findings'] =>
  findings
    .filter(({ code }) => ofComputer.has(code))
    .map(({ title, ...rest }) => ({
      ...rest,
      title: wordsIn(language).say(said('standby.finding_here', { title })),
    }));
