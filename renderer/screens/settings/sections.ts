/** The sections of the settings, in the order of the list; each has its own address. */
export const sections = [
  'general',
  'network',
  'keys',
  'delivery',
  'tokens',
  'backup',
  'database',
  'diagnostics',
  'about',
] as const;
export type Section = (typeof sections)[number];

export const sectionOf = (name: string | undefined): Section | null =>
  sections.find((one) => one === name) ?? null;
