import type { DoctorView, SelfCheckStep } from '../../shared/api/doctor-views.ts';
import { limits } from '../../shared/protocol/limits.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { DialBack, ReachVerdict } from '../peers/dial-back.ts';
import type { PeerDirectory } from '../peers/peer-directory.ts';
import type { Clock } from '../ports.ts';
import { type Subject, selfCheckStep, selfCheckSteps } from './self-check.ts';

export interface DialBackResult {
  readonly by: string;
  readonly verdict: ReachVerdict;
}

const askedMax = 3;

/** Tests this node itself, step by step, for everybody to watch. */
export class Doctor {
  private readonly parts: {
    readonly client: FederationClient;
    readonly directory: PeerDirectory;
    readonly dialBack: DialBack;
    readonly clock: Clock;
    readonly subject: () => Omit<Subject, 'askPeers' | 'clockOffsetMsMax'>;
    /** A step began or ended. */
    readonly onProgress: () => void;
  };
  private self: DoctorView['self'] = null;
  private running: Promise<void> | null = null;
  /** The last word of a peer that was asked to call back. */
  lastDialBack: DialBackResult | null = null;

  constructor(parts: Doctor['parts']) {
    this.parts = parts;
  }

  view(): DoctorView['self'] {
    return this.self;
  }

  /** One run at a time; whoever asks meanwhile waits for the same one. */
  run(): Promise<void> {
    this.running ??= this.test().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async test(): Promise<void> {
    const { clock, client, subject, onProgress } = this.parts;
    const tested: Subject = {
      ...subject(),
      clockOffsetMsMax: limits.clockSkewMsMax,
      askPeers: () => this.askPeers(),
    };
    const steps: SelfCheckStep[] = [];
    const show = (running: boolean) => {
      this.self = { at: clock.now(), running, steps: [...steps] };
      onProgress();
    };
    for (const step of selfCheckSteps) {
      steps.push({ step, result: 'running', text: '', fix: null });
      show(true);
      steps[steps.length - 1] = { step, ...(await selfCheckStep(step, tested, { client, clock })) };
    }
    show(false);
  }

  /** Some peers, those heard from last first: the first that can say decides. */
  private async askPeers(): Promise<DialBackResult | null> {
    const { directory, dialBack } = this.parts;
    const peers = directory
      .all()
      .filter((peer) => directory.isAllowed(peer.server_name))
      .sort(
        (a, b) => (directory.lastSeenAt(b.server_name) ?? 0) - (directory.lastSeenAt(a.server_name) ?? 0),
      );
    for (const peer of peers.slice(0, askedMax)) {
      const verdict = await dialBack.ask(peer);
      if (verdict === null) continue;
      this.lastDialBack = { by: peer.server_name, verdict };
      return this.lastDialBack;
    }
    return null;
  }
}
