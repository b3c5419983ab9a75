/** Waits until everybody who asks the DNS gets a new record. An authority asks once, and a wrong answer costs. */
import { Resolver } from 'node:dns/promises';
import { said } from '../../../shared/words/said.ts';
import type { Clock } from '../../kernel/ports.ts';
import { passed } from '../../kernel/timers.ts';
import { NameProblem } from '../provider.ts';

/** Asks the DNS; tests have their own. */
export interface DnsLook {
  /** The addresses of the servers that have the records of the name; empty if they can't be found. */
  servers(name: string): Promise<readonly string[]>;
  /** The texts that this server gives; `null` if it doesn't answer. */
  texts(server: string, name: string): Promise<readonly string[] | null>;
}

interface Waiting {
  readonly look: DnsLook;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly signal: AbortSignal;
}

const askEveryMs = 5_000;
const patienceMs = 5 * 60_000;
/** The wait if this network lets us ask nobody. Providers usually need less. */
const blindMs = 90_000;

/** Resolves once every server that answers has the text. Rejects with NameProblem after five minutes. */
export async function seen(name: string, text: string, { look, clock, signal }: Waiting): Promise<void> {
  const servers = await look.servers(name);
  const end = clock.now() + patienceMs;
  for (;;) {
    const answers = await Promise.all(
      servers.map(async (server) => ({ server, texts: await look.texts(server, name) })),
    );
    const answered = answers.filter(({ texts }) => texts !== null);
    if (answered.length === 0) return passed(clock, blindMs, signal);
    const without = answered.find(({ texts }) => !texts?.includes(text));
    if (without === undefined) return;
    if (clock.now() >= end)
      throw new NameProblem(said('kept_name.not_seen', { server: without.server, name }));
    await passed(clock, askEveryMs, signal);
  }
}

const serversMax = 4;
const oneAnswer = { timeout: 3_000, tries: 2 };

export const systemDns: DnsLook = {
  async servers(name) {
    const resolver = new Resolver(oneAnswer);
    const labels = name.split('.');
    for (let from = 1; from < labels.length - 1; from++) {
      const names = await resolver.resolveNs(labels.slice(from).join('.')).catch(() => []);
      if (names.length === 0) continue;
      const found = await Promise.all(
        names.slice(0, serversMax).map((one) => resolver.resolve4(one).catch(() => [])),
      );
      return found.flatMap(([address]) => (address === undefined ? [] : [address]));
    }
    return [];
  },
  async texts(server, name) {
    const resolver = new Resolver(oneAnswer);
    resolver.setServers([server]);
    try {
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ENODATA' || code === 'ENOTFOUND' ? [] : null;
    }
  },
};
