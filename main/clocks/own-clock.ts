import { limits } from '../../shared/protocol/limits.ts';
import { type Consensus, clockWarnMs, secondsText } from './clock-refusal.ts';

/** What is said of our clock, wherever it is said. */
export interface OwnClock {
  readonly severity: 'error' | 'warning';
  readonly title: string;
  readonly text: string;
  readonly fix: string;
}

interface PeerClock {
  readonly server_name: string;
  /** Theirs less ours. */
  readonly clock_offset_ms: number | null;
}

const namedMax = 5;
const limit = `from ${limits.clockSkewMsMax / 1000} s on`;
const fix = 'Let the system set its clock by NTP (Linux: timedatectl set-ntp true).';

/** Whether it is ours that is wrong, as far as that can be told; `null` where nothing is, or is known. */
export function judgeOwnClock(consensus: Consensus, peers: readonly PeerClock[]): OwnClock | null {
  const known = peers.flatMap(({ server_name, clock_offset_ms }) =>
    clock_offset_ms === null ? [] : [{ name: server_name, offset: clock_offset_ms }],
  );
  if (consensus === 'disagree')
    return {
      severity: 'warning',
      title: 'Your peers disagree about the time',
      text: `${listed(known)}. Nobody can tell from that whose clock is wrong; ${limit} each refuses the other.`,
      fix: `${fix} If it is right, tell the owners of the others.`,
    };
  if (consensus === null || Math.abs(consensus) < clockWarnMs) return null;
  const severity = Math.abs(consensus) > limits.clockSkewMsMax ? 'error' : 'warning';
  const [only, ...others] = known;
  if (only && others.length === 0)
    return {
      severity,
      title: 'Two clocks disagree',
      text: `The clock of ${only.name} is ${aside(consensus)} this one; ${limit} each refuses the other. No other peer has told its time, so either may be wrong.`,
      fix: `${fix} If it is right, tell the owner of ${only.name}.`,
    };
  return {
    severity,
    title: 'This computer’s clock is wrong',
    text: `Peers’ clocks are ${aside(consensus)} this one; ${limit} they refuse everything.`,
    fix,
  };
}

const aside = (offset: number): string => `${secondsText(offset)} ${offset > 0 ? 'ahead of' : 'behind'}`;

/** Those that are off the most first. */
function listed(clocks: readonly { readonly name: string; readonly offset: number }[]): string {
  const said = clocks
    .toSorted((a, b) => Math.abs(b.offset) - Math.abs(a.offset))
    .map(({ name, offset }) =>
      Math.abs(offset) < clockWarnMs
        ? `that of ${name} agrees with it`
        : `the clock of ${name} is ${aside(offset)} this one`,
    );
  const left = said.length - namedMax;
  const text = [...said.slice(0, namedMax), ...(left > 0 ? [`${left} more were compared`] : [])].join(', ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
