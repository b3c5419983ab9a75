/** Attacks on the API, made from the contract: each procedure, for each caller, about what is not theirs. */
import { inputFields } from '../../shared/api/contract/procedure.ts';
import { contract, type ProcedureName } from '../../shared/api/contract.ts';
import { type Access, isAtLeast, type Level } from '../../shared/api/roles.ts';

export const procedureNames = Object.keys(contract) as ProcedureName[];

type Kind = Exclude<Level, 'machine'> | 'bot';

export const mayUse = (kind: Kind, { least, bots }: Access): boolean =>
  kind === 'bot' ? bots : isAtLeast(kind, least);

/** Things that belong to others. */
export interface Foreign {
  readonly room: string;
  readonly event: string;
  readonly invite: string;
  readonly user: string;
}

interface Attack {
  readonly name: ProcedureName;
  readonly what: string;
  readonly input: Readonly<Record<string, string>>;
}

/** Lists inputs that a procedure must refuse, although the caller may use it. */
export function attacksOn(name: ProcedureName, own: { readonly room: string }, foreign: Foreign): Attack[] {
  const { access } = contract[name];
  const fields = inputFields(contract[name]);
  const has = (field: string) => fields.includes(field);
  const isAbout = (over: Access['over'], field: string) => access.over === over && has(field);
  const inOwn = has('room_id') ? { room_id: own.room } : {};
  const found: [boolean, string, Attack['input']][] = [
    [has('as'), 'as somebody else', { ...inOwn, as: foreign.user }],
    [isAbout('room', 'room_id'), 'in a room of others', { room_id: foreign.room }],
    [isAbout('room', 'event_id') && !has('room_id'), 'an event of others', { event_id: foreign.event }],
    [isAbout('own', 'user_id'), 'about somebody else', { user_id: foreign.user }],
    [isAbout('own', 'id'), 'an invite of others', { id: foreign.invite }],
    [isAbout('person', 'user_id'), 'about somebody above', { user_id: foreign.user }],
  ];
  return found.flatMap(([applies, what, input]) => (applies ? [{ name, what, input }] : []));
}
