import type { Command } from 'commander';
import encodeQr from 'qr';
import {
  type AccountView,
  type DeviceView,
  GivenRole,
  type NewPeopleLinkView,
} from '../../../shared/api/views/people-views.ts';
import { printable } from '../../../shared/protocol/coding/plain-text.ts';
import type { Words } from '../../../shared/words/words.ts';
import { usageFailure } from '../../start/failure.ts';
import { addCommand, addNoun, listOutcome, type Shell, wholeNumber } from '../command.ts';
import { findRoomId } from '../find-room.ts';
import { number, table, when } from '../text.ts';

/** people: who can log in, links that let them in, their devices. */
export function addPeopleCommands(shell: Shell, program: Command): void {
  const { words } = shell;
  const { commands, options: flags } = words.cliHelp;
  const texts = words.cli.people;
  const people = addNoun(
    shell,
    program,
    'people',
    commands.people,
    async ({ api }) => listOutcome(words, await api.accounts({}), peopleText),
    [],
  );
  addCommand(
    shell,
    people,
    'invite',
    commands.peopleInvite,
    async ({ api, options }) => {
      const { role, room, days, uses, note } = options;
      const made = await api.makeJoinLink({
        ...(role === undefined ? {} : { role: roleOf(role) }),
        ...(typeof room === 'string' ? { rooms: [await findRoomId(api, room)] } : {}),
        ...(typeof days === 'number' ? { days } : {}),
        ...(typeof uses === 'number' ? { uses } : {}),
        ...(typeof note === 'string' ? { note } : {}),
      });
      return { json: made, text: linkText(words, made) };
    },
    [
      ['--role <role>', flags.peopleRole({ roles: GivenRole.options.join(', ') })],
      ['--room <room>', flags.peopleRoom],
      ['--days <number>', flags.peopleDays, wholeNumber],
      ['--uses <number>', flags.peopleUses, wholeNumber],
      ['--note <text>', flags.peopleNote],
    ],
  );
  addCommand(shell, people, 'role <user-id> <role>', commands.peopleRole, async ({ api, args }) => {
    const [user_id = '', role] = args;
    return {
      json: await api.changeRole({ user_id, role: roleOf(role) }),
      text: texts.roleChanged({ user: user_id }),
    };
  });
  addCommand(shell, people, 'reset <user-id>', commands.peopleReset, async ({ api, args }) => {
    const made = await api.makeResetLink({ user_id: args[0]! });
    return { json: made, text: linkText(words, made) };
  });
  addCommand(shell, people, 'remove <user-id>', commands.peopleRemove, async ({ api, args }) => ({
    json: await api.removeAccount({ user_id: args[0]! }),
    text: texts.removed({ user: args[0]! }),
  }));
  addCommand(
    shell,
    people,
    'devices <user-id>',
    commands.peopleDevices,
    async ({ api, args, options }) => {
      const user_id = args[0]!;
      if (options.end === true)
        return {
          json: await api.endAccountDevices({ user_id }),
          text: texts.loggedOut({ user: user_id }),
        };
      return listOutcome(words, await api.accountDevices({ user_id }), devicesText);
    },
    [['--end', flags.peopleEnd]],
  );
}

function roleOf(value: unknown): GivenRole {
  const role = GivenRole.options.find((one) => one === value);
  if (role !== undefined) return role;
  throw usageFailure(({ cli }) =>
    cli.errors.notAChoice({ option: '--role', choices: GivenRole.options.join(', '), value: String(value) }),
  );
}

const linkText = (words: Words, { url, expires_at }: NewPeopleLinkView): string =>
  [
    encodeQr(url, 'ascii', { ecc: 'low', border: 2 }).trimEnd(),
    url,
    words.cli.people.link({ until: when(words, expires_at) }),
  ].join('\n\n');

function peopleText(words: Words, people: readonly AccountView[]): string {
  const { heads, people: texts } = words.cli;
  const rows = people.map((one) => [
    one.user_id,
    printable(one.display_name),
    one.removed_at === null ? words.accounts.roles[one.role] : texts.wasRemoved,
    number(words, one.devices),
    when(words, one.last_used_at),
  ]);
  return table([heads.user, heads.name, heads.role, heads.devices, heads.lastUsed], rows, texts.none);
}

function devicesText(words: Words, devices: readonly DeviceView[]): string {
  const { heads, people } = words.cli;
  const rows = devices.map((one) => [
    one.id,
    printable(one.device),
    when(words, one.created_at),
    when(words, one.last_used_at),
  ]);
  return table([heads.device, heads.name, heads.since, heads.lastUsed], rows, people.noDevices);
}
