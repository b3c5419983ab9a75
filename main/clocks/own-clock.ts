import { limits } from '../../shared/protocol/limits.ts';
import { listed, type Said, said } from '../../shared/words/said.ts';
import { apart, type Consensus, clockWarnMs } from './clock-refusal.ts';

/** The owner reads this about our clock, wherever it is shown. */
interface OwnClock {
  readonly severity: 'error' | 'warning';
  readonly title: Said;
  readonly text: Said;
  readonly fix: Said;
}

interface PeerClock {
  readonly server_name: string;
  /** The peer's time minus ours. */
  readonly clock_offset_ms: number | null;
}

const namedMax = 5;
const limit = limits.clockSkewMsMax / 1000;

/** Whether our clock is the wrong one, as far as that is known; `null` if it isn't, or nothing is known. */
export function judgeOwnClock(consensus: Consensus, peers: readonly PeerClock[]): OwnClock | null {
  const known = peers.flatMap(({ server_name, clock_offset_ms }) =>
    clock_offset_ms === null ? [] : [{ name: server_name, offset: clock_offset_ms }],
  );
  if (consensus === 'disagree')
    return {
      severity: 'warning',
      title: said('clock.title_disagree'),
      text: said('clock.disagree', { list: compared(known), limit }),
      fix: said('clock.fix_ours_or_others'),
    };
  if (consensus === null || Math.abs(consensus) < clockWarnMs) return null;
  const severity = Math.abs(consensus) > limits.clockSkewMsMax ? 'error' : 'warning';
  const [only, ...others] = known;
  if (only && others.length === 0)
    return {
      severity,
      title: said('clock.title_two'),
      text: said('clock.two', { name: only.name, ...apart(consensus), limit }),
      fix: said('clock.fix_ours_or_named', { name: only.name }),
    };
  return {
    severity,
    title: said('clock.title_ours'),
    text: said('clock.ours_off', { ...apart(consensus), limit }),
    fix: said('clock.fix_ours'),
  };
}

/** The largest offsets first. */
function compared(clocks: readonly { readonly name: string; readonly offset: number }[]) {
  const one = clocks
    .toSorted((a, b) => Math.abs(b.offset) - Math.abs(a.offset))
    .map(({ name, offset }) =>
      Math.abs(offset) < clockWarnMs
        ? said('clock.one_agrees', { name })
        : said('clock.one_off', { name, ...apart(offset) }),
    );
  const left = one.length - namedMax;
  return listed([...one.slice(0, namedMax), ...(left > 0 ? [said('clock.more', { n: left })] : [])]);
}
