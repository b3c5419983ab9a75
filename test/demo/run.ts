/**
 * `npm run demo`: a conversation of three nodes; `npm run demo -- strangers`: two people who start from nothing;
 * `npm run demo -- household`: somebody at home, with a phone.
 */
const demos = { strangers: './strangers.ts', household: './household.ts' } as const;
const named = demos[process.argv[2] as keyof typeof demos] as string | undefined;
await import(named ?? './demo.ts');
