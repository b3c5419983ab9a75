/**
 * Names that look like others, by the rules of UTS #39 (Unicode Security Mechanisms): a name that mixes scripts, and a
 * name whose skeleton is that of another name.
 */

/**
 * Characters that look like ASCII letters and digits: from Unicode's confusables.txt (15.1), the single letters and
 * digits of the basic plane that NFKC leaves unchanged. The file maps 1, I and | to l.
 */
const lookAlikes: Readonly<Record<string, string>> = {
  2: 'ƧϨᒿꙄꛯꝚ',
  3: 'ƷȜЗӠⳌꝪꞫ',
  4: 'Ꮞ',
  5: 'Ƽ',
  6: 'бᏮⳒ',
  8: 'Ȣȣ৪੪',
  9: '৭੧୨൭ⳊꝮ',
  a: 'ɑΑαАаᎪᗅꓮ',
  aa: 'Ꜳꜳ',
  ae: 'ÆæӔӕ',
  ao: 'Ꜵꜵ',
  au: 'Ꜷꜷ',
  av: 'ꜸꜹꜺꜻ',
  ay: 'Ꜽꜽ',
  b: 'ƄΒВЬᏏᏴᑲᖯᗷꓐꞴ',
  bl: 'Ы',
  c: 'СсᏟᴄⲤⲥꓚꮯ',
  d: 'ԁᎠᏧᑯᗞᗪꓒꓓ',
  dz: 'ʣ',
  e: 'ΕЕеҽᎬⴹꓰꬲ',
  f: 'ϜքᖴẝꓝꞘꞙꬵ',
  g: 'ƍɡԌցᏀᏳᶃꓖ',
  h: 'ΗНһհᎻᏂᕼⲎꓧ',
  i: 'ıɩɪιіӏᎥꙇꭵ',
  j: 'ͿϳЈјᎫᒍꓙꞲ',
  k: 'ΚКᏦᛕⲔꓗ',
  l: 'ƖǀΙІӀ\u05d5\u05df\u0627\u0661\u06f1\u07caᏞᒪᛁⲒⳐⵏꓡꓲ',
  ll: 'ǁ\u05f0',
  lo: 'Ю',
  ls: 'ʪ',
  lz: 'ʫ',
  m: 'ΜϺМᎷᗰᛖⲘꓟ',
  n: 'ΝոռⲚꓠ',
  o: 'ΟοσОоՕօ\u05e1\u0647\u0665\u06be\u06c1\u06d5\u06f5\u07c0०০੦૦ଠ୦௦౦೦ഠ൦๐໐ဝ၀ჿዐᴏᴑⲞⲟⵔ〇ꓳꬽ',
  oe: 'Œœ',
  oo: 'ꚘꚙꝎꝏ',
  p: 'ΡρРрᏢᑭⲢⲣꓑ',
  q: 'ԛգզⵕ',
  r: 'ƦгᎡᏒᖇᴦⲅꓣꭇꭈꮁ',
  s: 'ƽЅѕՏᏕᏚꓢꜱꮪ',
  t: 'ΤТᎢⲦꓔ',
  t3: 'Ꜩ',
  tf: 'ꝷ',
  ts: 'ʦ',
  u: 'ʋυՍսሀᑌᴜꓴꞟꭎꭒ',
  ue: 'ᵫ',
  uo: 'ꭣ',
  v: 'νѴѵ\u05d8\u0667\u06f7Ꮩᐯᴠⴸꓦꛟꮩ',
  w: 'ɯѡԜԝաᎳᏔᴡꓪꮃ',
  x: 'ΧХхᕁᕽᚷⲬⵝꓫꞳ',
  y: 'ɣʏΥγУуҮүყᎩᎽᶌỿⲨꓬꭚ',
  z: 'ΖᏃᴢꓜꮓ',
};
const asciiOf = new Map(
  Object.entries(lookAlikes).flatMap(([ascii, letters]) =>
    [...letters].map((letter) => [letter, ascii] as const),
  ),
);

/** Two names with the same skeleton can look the same. Never shown. */
export function skeleton(name: string): string {
  const letters = [...name.normalize('NFKC').replace(/\p{DI}/gu, '')];
  return letters
    .map((letter) => asciiOf.get(letter) ?? letter.replace(/[1I|]/, 'l'))
    .join('')
    .normalize('NFD')
    .toLowerCase()
    .replaceAll('0', 'o')
    .replaceAll('rn', 'm');
}

/** ISO 15924. Letters of other scripts have almost no look-alikes in these. */
const scripts = [
  ...['Latn', 'Grek', 'Cyrl', 'Armn', 'Hebr', 'Arab', 'Cher', 'Copt', 'Geor', 'Cans', 'Lisu', 'Runr', 'Tfng'],
  ...['Hani', 'Hira', 'Kana', 'Bopo', 'Hang', 'Deva', 'Beng', 'Thai', 'Ethi'],
] as const;
export type Script = (typeof scripts)[number];

const eastAsian: readonly (readonly Script[])[] = [
  ['Latn', 'Hani', 'Hira', 'Kana'],
  ['Latn', 'Hani', 'Bopo'],
  ['Latn', 'Hani', 'Hang'],
];
const letterOf = scripts.map((script) => [script, new RegExp(`\\p{scx=${script}}`, 'u')] as const);

/**
 * The scripts of a name that mixes some; `null` if it does not. Japanese, Chinese and Korean are written in several,
 * also together with Latin letters ("highly restrictive" in UTS #39). Latin letters that only look like ASCII aren't a
 * mixture.
 */
export function mixedScripts(name: string): readonly Script[] | null {
  const found = new Set<Script>();
  // A letter shared by several scripts doesn't indicate any of them.
  for (const letter of name.match(/\p{L}/gu) ?? []) {
    const of = letterOf.filter(([, pattern]) => pattern.test(letter));
    if (of.length === 1 && of[0]) found.add(of[0][0]);
  }
  if (found.size < 2 || eastAsian.some((one) => [...found].every((script) => one.includes(script))))
    return null;
  return [...found];
}

/** The same for a text of several words, such as a room's name: each word may have its own script. */
export function wordWithMixedScripts(text: string): readonly Script[] | null {
  for (const word of text.split(/[^\p{L}\p{M}\p{N}]+/u)) {
    const mixed = mixedScripts(word);
    if (mixed !== null) return mixed;
  }
  return null;
}
