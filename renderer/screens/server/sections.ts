import type { ProcedureName } from '../../../shared/api/contract.ts';

/** The sections below Server, in the order of its list; each has its own address. */
export const sections = ['connections', 'deliveries', 'network', 'keys'] as const;
/** Below Settings. */
export const settings = [
  'general',
  'setup',
  'browsers',
  'delivery',
  'tokens',
  'database',
  'diagnostics',
  'about',
] as const;

export type Section = (typeof sections)[number];
export type Setting = (typeof settings)[number];

/**
 * The place in Server that an address names; `null` if there is no such place. Settings without a section are the
 * general ones.
 */
export type ServerPlace =
  | { readonly section: 'status' }
  | { readonly section: Section; readonly name: string | undefined }
  | { readonly section: 'settings'; readonly setting: Setting };

export function placeOf([first, second]: readonly string[]): ServerPlace | null {
  if (first === undefined) return { section: 'status' };
  if (first === 'settings') {
    const setting = settings.find((one) => one === (second ?? 'general'));
    return setting === undefined ? null : { section: 'settings', setting };
  }
  const section = sections.find((one) => one === first);
  return section === undefined ? null : { section, name: second };
}

const needed: Readonly<Record<Section | Setting, ProcedureName>> = {
  connections: 'peers',
  deliveries: 'outbox',
  network: 'entranceAddresses',
  keys: 'keys',
  general: 'changeSettings',
  setup: 'rename',
  browsers: 'browsers',
  delivery: 'changeSettings',
  tokens: 'tokens',
  database: 'backUp',
  diagnostics: 'diagnostics',
  about: 'status',
};

/** The procedure without which there is nothing to do at a place. */
export const needs = (place: ServerPlace): ProcedureName =>
  place.section === 'status'
    ? 'status'
    : needed[place.section === 'settings' ? place.setting : place.section];
