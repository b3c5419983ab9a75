/** The emoji that this browser remembers: the last ones that were chosen, and the skin tone. */
interface Kept {
  readonly recent: readonly string[];
  readonly tone: number;
}

const key = 'emoji';
const recentMax = 32;

export function keptEmoji(storage: Pick<Storage, 'getItem'> = localStorage): Kept {
  try {
    const { recent, tone } = JSON.parse(storage.getItem(key) ?? '{}') as Partial<Record<keyof Kept, unknown>>;
    return {
      recent: Array.isArray(recent) ? recent.filter((each) => typeof each === 'string') : [],
      tone: Number.isInteger(tone) ? (tone as number) : 0,
    };
  } catch {
    return { recent: [], tone: 0 };
  }
}

export const keepTone = (tone: number): void => keep({ recent: keptEmoji().recent, tone });

export function keepRecent(emoji: string): void {
  const { recent, tone } = keptEmoji();
  keep({ recent: [emoji, ...recent.filter((each) => each !== emoji)].slice(0, recentMax), tone });
}

/** Somebody else may use this browser now. */
export const forgetRecent = (): void => localStorage.removeItem(key);

function keep(kept: Kept): void {
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing shows the common ones.
  }
}
