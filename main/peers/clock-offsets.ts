const samplesKept = 9;

/** How far each peer's clock is from ours, estimated from the timestamps it signs: the median of the last few. */
export class ClockOffsets {
  private readonly samples = new Map<string, number[]>();

  /** `offsetMs`: their time less ours. */
  note(server: string, offsetMs: number): void {
    const samples = this.samples.get(server) ?? [];
    samples.push(offsetMs);
    if (samples.length > samplesKept) samples.shift();
    this.samples.set(server, samples);
  }

  of(server: string): number | null {
    return median(this.samples.get(server) ?? []);
  }

  /** How far we seem to be off, going by everybody: null without peers. */
  overall(): number | null {
    const offsets = [...this.samples.keys()]
      .map((server) => this.of(server))
      .filter((offset) => offset !== null);
    return median(offsets);
  }
}

function median(numbers: readonly number[]): number | null {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
