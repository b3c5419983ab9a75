/** `npm run demo`: a conversation of three nodes; `npm run demo -- strangers`: two people who start from nothing. */
await import(process.argv[2] === 'strangers' ? './strangers.ts' : './demo.ts');
