import {
  DnsProviderName,
  KeptNameAddress,
  type KeptNameView,
} from '../../../shared/api/views/reach-views.ts';
import type { Words } from '../../../shared/words/words.ts';
import { oneOf } from '../../start/flag-values.ts';
import { readSecret } from '../ask.ts';
import { type Branch, type Options, optional, textOption } from '../command.ts';
import { pairs, when } from '../text.ts';

/** name, name keep, name drop: a name whose records this node writes. */
export function addNameCommands(program: Branch): void {
  const { words } = program;
  const { commands, options: flags } = words.cliHelp;
  const name = program.group('name', commands.name, async ({ api }) => {
    const answer = await api.keptName({});
    return { json: answer, text: nameText(words, answer.kept) };
  });
  name.add(
    'keep <provider> <name>',
    commands.nameKeep,
    [
      ['--secret-file <file>', flags.nameSecret],
      ['--address <which>', flags.nameAddress({ choices: KeptNameAddress.options.join(', ') })],
      ['--server <host:port>', flags.nameServer],
      ['--key-name <name>', flags.nameKeyName],
      ['--acme-agree', words.cliHelp.flags.acmeAgree],
    ],
    async ({ api, args, options }) => {
      const provider = oneOf('<provider>', args[0]!, DnsProviderName.options);
      const { secret } = await readSecret(
        textOption(options, 'secretFile'),
        '--secret-file',
        words.cli.ask.token,
      );
      const answer = await api.keepName({
        provider,
        name: args[1] ?? '',
        ...(secret === '' ? {} : provider === 'rfc2136' ? { key: secret } : { token: secret }),
        ...optional(options, 'server', 'server'),
        ...optional(options, 'keyName', 'key_name'),
        ...addressOf(options),
        ...(options.acmeAgree === true ? { terms_agreed: true } : {}),
      });
      return { json: answer, text: nameText(words, answer.kept) };
    },
  );
  name.add('drop', commands.nameDrop, async ({ api }) => ({
    json: await api.dropName({}),
    text: words.cli.name.dropped,
  }));
}

const addressOf = ({ address }: Options) =>
  typeof address === 'string' ? { address: oneOf('--address', address, KeptNameAddress.options) } : {};

function nameText(words: Words, kept: KeptNameView | null): string {
  const texts = words.cli.name;
  if (kept === null) return texts.none;
  return pairs([
    [texts.name, kept.name],
    [texts.provider, kept.server === null ? kept.provider : `${kept.provider}, ${kept.server}`],
    [texts.address, `${kept.address ?? '–'} (${texts.which[kept.which]})`],
    [texts.since, when(words, kept.set_at)],
    ...(kept.problem === null ? [] : [[texts.problem, kept.problem] as const]),
  ]);
}
