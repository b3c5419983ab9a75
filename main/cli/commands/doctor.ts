import { ApiError } from '../../../shared/api/client.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { everyPage } from '../../../shared/api/pages.ts';
import type { CheckView, Finding } from '../../../shared/api/views/doctor-views.ts';
import { printable } from '../../../shared/protocol/coding/plain-text.ts';
import type { Words } from '../../../shared/words/words.ts';
import type { Branch } from '../command.ts';
import { doctorVerdict } from '../doctor-verdict.ts';
import { checkText } from '../text.ts';

/** Tests the node, then every trusted peer. `--json` prints `{ok, findings, self, items}`, one item per tested peer. */
export function addDoctorCommand(program: Branch): void {
  program.add('doctor', program.words.cliHelp.commands.doctor, async (call) => {
    const { api, json, words, print } = call;
    const { set_up, server_name, now } = await api.status({});
    const { self } = await api.runDoctor({});
    const tested = doctorVerdict({ setUp: set_up, self, checks: [], findings: [] }, words);
    if (!json)
      print(
        checkText(server_name ?? words.cli.doctor.thisNode, {
          result: tested.self,
          steps: self?.steps ?? [],
        }),
      );
    const checks: CheckView[] = [];
    const left: string[] = [];
    for (const peer of await everyPage((page) => api.peers(page))) {
      if (peer.mode !== 'allow') {
        if (peer.mode !== 'known')
          left.push(`– ${printable(peer.server_name)}  ${printable(peer.state_text)}`);
        continue;
      }
      const check = await checkOrSayWhy(api, peer.server_name, now);
      checks.push(check);
      if (!json) print(checkText(check.server_name, check));
    }
    // Asked last, because the tests may have found or fixed something.
    const { findings } = await api.doctor({});
    const { ok, sentence, exitCode } = doctorVerdict({ setUp: set_up, self, checks, findings }, words);
    return {
      json: { ok, findings, self, items: checks },
      text: [...left, findingsText(words, findings, call.node.url), sentence].filter(Boolean).join('\n'),
      exitCode,
    };
  });
}

/** Causes, each with the number of its consequences, and its page in the console. */
function findingsText(words: Words, findings: readonly Finding[], url: string): string {
  const roots = findings.filter(({ depends_on }) => depends_on.length === 0);
  return roots
    .flatMap((root) => {
      const following = findings.filter(({ depends_on }) => depends_on.includes(root.code)).length;
      const finding = printable(told(root));
      return [
        `${root.severity === 'info' ? '–' : '✗'} ${following > 0 ? words.cli.doctor.following({ finding, count: following }) : finding}`,
        ...(root.fix === null ? [] : [`    → ${root.fix}`]),
        `    ${words.cli.doctor.help({ page: `${url}/#/help/${root.code}` })}`,
      ];
    })
    .join('\n');
}

const told = ({ title, text }: Finding): string => (text.startsWith(title) ? text : `${title}: ${text}`);

/** If the node refuses to check a peer, that is a finding; the others are still checked. */
async function checkOrSayWhy(api: Api, server_name: string, at: number): Promise<CheckView> {
  try {
    return await api.checkPeer({ server_name });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const step = { step: 'name', result: 'failed', text: error.message, fix: null } as const;
    return { server_name, at, running: false, ok: false, result: 'failed', steps: [step] };
  }
}
