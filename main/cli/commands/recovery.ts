import type { DrillView, RecoveryView } from '../../../shared/api/views/recovery-views.ts';
import type { Words } from '../../../shared/words/words.ts';
import { exitCodes } from '../../start/failure.ts';
import type { Branch } from '../command.ts';
import { isOf, whileShown } from '../progress.ts';
import { list, pairs, table, when } from '../text.ts';

/** recovery: what this node got back from its peers. drill: whether the newest backup would bring it back. */
export function addRecoveryCommand(program: Branch): void {
  const { commands } = program.words.cliHelp;
  const outcome = (view: RecoveryView) => ({ json: view, text: recoveryText(program.words, view) });
  const group = program.group('recovery', commands.recovery, async ({ api }) =>
    outcome(await api.recovery({})),
  );
  group.add('start', commands.recoveryStart, async ({ api }) => outcome(await api.startRecovery({})));
  group.add('confirm [server...]', commands.recoveryConfirm, async ({ api, args }) =>
    outcome(await api.confirmTrust(args.length === 0 ? {} : { server_names: [...args] })),
  );
  group.add('finish', commands.recoveryFinish, async ({ api }) => outcome(await api.finishRecovery({})));
  program.add('drill', commands.drill, async (call) => {
    const view = await whileShown(call, isOf('drill'), () => call.api.drill({}));
    return {
      json: view,
      text: drillText(program.words, view),
      exitCode: view.problems.length === 0 ? exitCodes.ok : exitCodes.findings,
    };
  });
}

function drillText(words: Words, view: DrillView): string {
  const texts = words.cli.drill;
  const { missing } = view;
  const named = (names: readonly string[]) => (names.length === 0 ? texts.nothing : list(words, names));
  const lines = [
    texts.backup({ folder: view.folder, at: when(words, view.created_at) }),
    ...(view.problems.length === 0 ? [texts.fine({ n: view.events })] : view.problems),
  ];
  if (missing === null) return lines.join('\n');
  const lacks = pairs([
    [
      texts.names.events,
      missing.events === 0
        ? texts.nothing
        : texts.events({ n: missing.events, here: missing.events_only_here }),
    ],
    [texts.names.rooms, named(missing.rooms)],
    [texts.names.users, named(missing.users)],
    [texts.names.keys, missing.keys === 0 ? texts.nothing : texts.keys({ n: missing.keys })],
    [texts.names.files, missing.files === 0 ? texts.nothing : texts.files({ n: missing.files })],
    [texts.names.decisions, named(missing.decisions)],
  ]);
  return [...lines, '', texts.lacks, lacks].join('\n');
}

function recoveryText(words: Words, view: RecoveryView): string {
  const { recovery: texts, states, heads } = words.cli;
  if (view.state === 'none' || view.began_at === null) return texts.none;
  const { recovered, elsewhere, lost } = view;
  const parts = [
    pairs([
      [texts.names.since, texts.since({ at: when(words, view.began_at), why: view.why ?? 'asked' })],
      [
        texts.names.state,
        view.held_rooms === 0
          ? texts.done
          : texts.held({ n: view.held_rooms, until: when(words, view.held_until ?? 0) }),
      ],
      [texts.names.recovered, texts.recovered(recovered)],
      [texts.names.elsewhere, texts.elsewhere({ n: elsewhere })],
      [texts.names.lost, texts.lost({ n: lost })],
      [texts.names.answered, view.answered.length === 0 ? words.cli.none : list(words, view.answered)],
      ...(view.unanswered.length === 0
        ? []
        : [[texts.names.unanswered, list(words, view.unanswered)] as const]),
    ]),
  ];
  if (view.items.length > 0)
    parts.push(
      table(
        [heads.type, heads.name, heads.status, heads.from],
        view.items.map((item) => [
          texts.kinds[item.kind],
          item.name === item.id ? item.id : `${item.name} ${item.id}`,
          texts.outcomes[item.outcome],
          item.told_by,
        ]),
        '',
      ),
    );
  if (view.unconfirmed.length > 0)
    parts.push(
      texts.unconfirmed,
      table(
        [heads.peer, heads.mode],
        view.unconfirmed.map((peer) => [peer.server_name, states[peer.mode]]),
        '',
      ),
    );
  return parts.join('\n\n');
}
