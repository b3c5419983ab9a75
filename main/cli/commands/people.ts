import encodeQr from 'qr';
import {
  type AccountView,
  type ConsentAskView,
  type ConsentsView,
  type DeviceView,
  GivenRole,
  type NewPeopleLinkView,
} from '../../../shared/api/views/people-views.ts';
import { printable } from '../../../shared/protocol/coding/plain-text.ts';
import type { Words } from '../../../shared/words/words.ts';
import { oneOf } from '../../start/flag-values.ts';
import { type Branch, listOutcome, optional, wholeNumber } from '../command.ts';
import { pictureGiven } from '../file-bytes.ts';
import { findRoomId } from '../find-room.ts';
import { number, table, when } from '../text.ts';

/** people: who can log in, links that let them in, their devices. */
export function addPeopleCommands(program: Branch): void {
  const { words } = program;
  const { commands, options: flags } = words.cliHelp;
  const texts = words.cli.people;
  const people = program.noun('people', commands.people, async ({ api }) =>
    listOutcome(words, await api.accounts({}), peopleText),
  );
  people.add(
    'invite',
    commands.peopleInvite,
    [
      ['--role <role>', flags.peopleRole({ roles: GivenRole.options.join(', ') })],
      ['--room <room>', flags.peopleRoom],
      ['--days <number>', flags.peopleDays, wholeNumber],
      ['--uses <number>', flags.peopleUses, wholeNumber],
      ['--note <text>', flags.peopleNote],
    ],
    async ({ api, options }) => {
      const { role, room, days, uses } = options;
      const made = await api.makeJoinLink({
        ...(typeof role === 'string' ? { role: roleOf(role) } : {}),
        ...(typeof room === 'string' ? { rooms: [await findRoomId(api, room)] } : {}),
        ...(typeof days === 'number' ? { days } : {}),
        ...(typeof uses === 'number' ? { uses } : {}),
        ...optional(options, 'note', 'note'),
      });
      return { json: made, text: linkText(words, made) };
    },
  );
  people.add('role <user-id> <role>', commands.peopleRole, async ({ api, args }) => {
    const [user_id = '', role = ''] = args;
    return {
      json: await api.changeRole({ user_id, role: roleOf(role) }),
      text: texts.roleChanged({ user: user_id }),
    };
  });
  people.add('rename <user-id> <name>', commands.peopleRename, async ({ api, args }) => {
    const [user_id = '', display_name = ''] = args;
    return {
      json: await api.changePersonProfile({ user_id, display_name }),
      text: texts.renamed({ user: user_id, name: printable(display_name) }),
    };
  });
  people.add(
    'profile <user-id>',
    commands.peopleProfile,
    [
      ['--about <text>', flags.peopleAbout],
      ['--picture <file>', flags.picture],
      ['--remove-picture', flags.removePicture],
    ],
    async ({ api, args, options }) => {
      const user_id = args[0]!;
      const { about } = options;
      const change = {
        about: typeof about === 'string' ? about : undefined,
        picture: await pictureGiven(options),
      };
      if (change.about !== undefined || change.picture !== undefined)
        await api.changePersonProfile({ user_id, ...change });
      const [own] = (await api.accounts({ user_id })).items;
      const shown = own ?? (await api.profile({ person: user_id }));
      return { json: shown, text: profileText(words, shown) };
    },
  );
  people.add('reset <user-id>', commands.peopleReset, async ({ api, args }) => {
    const made = await api.makeResetLink({ user_id: args[0]! });
    return { json: made, text: linkText(words, made) };
  });
  people.add('remove <user-id>', commands.peopleRemove, async ({ api, args }) => ({
    json: await api.removeAccount({ user_id: args[0]! }),
    text: texts.removed({ user: args[0]! }),
  }));
  people.add('asks', commands.peopleAsks, async ({ api }) =>
    listOutcome(words, await api.consentAsks({}), asksText),
  );
  people.add('allow <user-id> <room-id> [people...]', commands.peopleAllow, async ({ api, args }) => {
    const [user_id = '', room_id = '', ...known] = args;
    return {
      json: await api.answerConsent({ user_id, room_id, allow: true, people: known }),
      text: texts.allowed({ user: user_id, room: room_id }),
    };
  });
  people.add('refuse <user-id> <room-id>', commands.peopleRefuse, async ({ api, args }) => {
    const [user_id = '', room_id = ''] = args;
    return {
      json: await api.answerConsent({ user_id, room_id, allow: false }),
      text: texts.refused({ user: user_id, room: room_id }),
    };
  });
  people.add('allowed <user-id>', commands.peopleAllowed, async ({ api, args }) => {
    const given = await api.consents({ user_id: args[0]! });
    return { json: given, text: givenText(words, given) };
  });
  people.add('withdraw <user-id> <room-or-person>', commands.peopleWithdraw, async ({ api, args }) => {
    const [user_id = '', other = ''] = args;
    return {
      json: other.startsWith('@')
        ? await api.withdrawContact({ user_id, person: other })
        : await api.withdrawRoom({ user_id, room_id: other }),
      text: texts.withdrawn({ user: user_id, other }),
    };
  });
  people.add(
    'devices <user-id>',
    commands.peopleDevices,
    [['--end [device]', flags.peopleEnd]],
    async ({ api, args, options }) => {
      const user_id = args[0]!;
      if (typeof options.end === 'string')
        return {
          json: await api.endAccountDevice({ user_id, device_id: options.end }),
          text: texts.deviceLoggedOut({ device: options.end }),
        };
      if (options.end === true)
        return {
          json: await api.endAccountDevices({ user_id }),
          text: texts.loggedOut({ user: user_id }),
        };
      return listOutcome(words, await api.accountDevices({ user_id }), devicesText);
    },
  );
}

const roleOf = (value: string): GivenRole => oneOf('--role', value, GivenRole.options);

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
    one.removed_at !== null
      ? texts.wasRemoved
      : one.role === null
        ? texts.noAccount
        : words.accounts.roles[one.role],
    number(words, one.devices),
    when(words, one.last_used_at),
  ]);
  return table([heads.user, heads.name, heads.role, heads.devices, heads.lastUsed], rows, texts.none);
}

const profileText = (
  { cli }: Words,
  { display_name, about, picture }: Pick<AccountView, 'display_name' | 'about' | 'picture'>,
): string =>
  [
    printable(display_name),
    ...(about === '' ? [] : [printable(about)]),
    picture === null ? cli.people.noPicture : cli.people.picture({ hash: picture }),
  ].join('\n');

function asksText(words: Words, asks: readonly ConsentAskView[]): string {
  const { heads, people: texts } = words.cli;
  const { reasons } = words.accounts.consent;
  const rows = asks.map((one) => {
    const [child, room] = [printable(one.user_id), printable(one.room_name)];
    const who = one.people.map(({ user_id }) => printable(user_id)).join(' ');
    return [child, one.room_id, who, reasons[one.reason]({ child, room, home: one.home })];
  });
  return table([heads.user, heads.roomId, heads.newPeople, heads.why], rows, texts.noAsks);
}

function givenText(words: Words, { rooms, people }: ConsentsView): string {
  const { heads, people: texts } = words.cli;
  const rows = [
    ...rooms.map((one) => [one.room_id, printable(one.name), one.allowed_by, when(words, one.allowed_at)]),
    ...people.map((one) => [printable(one.user_id), '', one.allowed_by, when(words, one.allowed_at)]),
  ];
  return table([heads.allowed, heads.name, heads.allowedBy, heads.since], rows, texts.noneAllowed);
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
