import type { Command } from 'commander';
import { ApiError } from '../../../../shared/api/client.ts';
import type { Api } from '../../../../shared/api/contract.ts';
import { everyPage } from '../../../../shared/api/every-page.ts';
import type { CheckView } from '../../../../shared/api/views.ts';
import { exitCodes } from '../../exit-codes.ts';
import { checkText } from '../check-text.ts';
import { addCommand, type Shell } from '../command.ts';
import { count, printable } from '../text.ts';

/** Checks every peer; with `--json` prints `{ok, items}`, each item what `checkPeer` answers. */
export function addDoctorCommand(shell: Shell, program: Command): void {
  addCommand(shell, program, 'doctor', 'check every peer, step by step', async ({ api, json, print }) => {
    const { set_up, health } = await api.status({});
    if (!json) print(`${set_up ? '✓' : '✗'} this node: ${printable(health.text)}`);
    const checks: CheckView[] = [];
    for (const { server_name } of await everyPage((page) => api.peers(page))) {
      const check = await checkOrSayWhy(api, server_name);
      checks.push(check);
      if (!json) print(checkText(check));
    }
    const failed = checks.filter((check) => !check.ok).length;
    const ok = set_up && failed === 0;
    return {
      json: { ok, items: checks },
      text: summary(set_up, checks.length, failed),
      exitCode: ok ? exitCodes.ok : exitCodes.findings,
    };
  });
}

/** A peer that the node refuses to check is a finding; the others are checked all the same. */
async function checkOrSayWhy(api: Api, server_name: string): Promise<CheckView> {
  try {
    return await api.checkPeer({ server_name });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { server_name, ok: false, steps: [{ step: 'name', result: 'failed', text: error.message }] };
  }
}

function summary(setUp: boolean, peers: number, failed: number): string {
  if (!setUp) return 'This node has no identity yet; “paracord-node setup NAME” gives it one.';
  if (peers === 0) return 'There are no peers to check.';
  return failed === 0
    ? `${count(peers, 'peer')} checked, all well.`
    : `${failed} of ${count(peers, 'peer')} need attention.`;
}
