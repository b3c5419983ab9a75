/** Reads from the headers of a native file what it needs from the system that loads it. */

export interface NativeNeeds {
  /** The libraries that it depends on. */
  readonly libraries: readonly string[];
  /** ELF: the newest version of the C library that it needs, such as `2.34`. */
  readonly glibc: string | null;
}

export function nativeNeeds(file: Buffer): NativeNeeds {
  if (file.readUInt32BE(0) === 0x7f454c46) return elfNeeds(file);
  if (file.toString('latin1', 0, 2) === 'MZ') return { libraries: peImports(file), glibc: null };
  if (file.readUInt32LE(0) === 0xfeedfacf) return { libraries: machLibraries(file), glibc: null };
  throw new Error('not a native file of 64 bits');
}

/** The processor it is for, as Node names it. */
export function nativeProcessor(file: Buffer): string {
  if (file.readUInt32BE(0) === 0x7f454c46) return names(file.readUInt16LE(18), 0x3e, 0xb7);
  if (file.toString('latin1', 0, 2) === 'MZ')
    return names(file.readUInt16LE(file.readUInt32LE(0x3c) + 4), 0x8664, 0xaa64);
  return names(file.readUInt32LE(4), 0x01000007, 0x0100000c);
}

const names = (id: number, x64: number, arm64: number): string =>
  id === x64 ? 'x64' : id === arm64 ? 'arm64' : `unknown (${id})`;

const textAt = (file: Buffer, at: number): string => file.toString('latin1', at, file.indexOf(0, at));

function elfNeeds(file: Buffer): NativeNeeds {
  const word = (at: number): number => Number(file.readBigUInt64LE(at));
  const table = word(0x28);
  const sections = Array.from({ length: file.readUInt16LE(0x3c) }, (_, index) => {
    const at = table + index * file.readUInt16LE(0x3a);
    return {
      type: file.readUInt32LE(at + 4),
      offset: word(at + 24),
      size: word(at + 32),
      link: file.readUInt32LE(at + 40),
    };
  });
  const libraries: string[] = [];
  const versions: string[] = [];
  for (const { type, offset, size, link } of sections) {
    const strings = sections[link]?.offset ?? 0;
    // SHT_DYNAMIC: pairs of a tag and a value; DT_NEEDED is 1.
    if (type === 6)
      for (let at = offset; at < offset + size; at += 16)
        if (word(at) === 1) libraries.push(textAt(file, strings + word(at + 8)));
    // SHT_GNU_verneed: one record for each library, with a chain of the versions that are needed.
    if (type === 0x6ffffffe) {
      for (let at = offset, next = -1; next !== 0; at += next) {
        next = file.readUInt32LE(at + 12);
        for (let aux = at + file.readUInt32LE(at + 8), step = -1; step !== 0; aux += step) {
          step = file.readUInt32LE(aux + 12);
          versions.push(textAt(file, strings + file.readUInt32LE(aux + 8)));
        }
      }
    }
  }
  const glibc = versions
    .flatMap((version) => /^GLIBC_2\.(\d+)$/.exec(version)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a)[0];
  return { libraries, glibc: glibc === undefined ? null : `2.${glibc}` };
}

function peImports(file: Buffer): string[] {
  const header = file.readUInt32LE(0x3c);
  const optional = header + 24;
  const sections = Array.from({ length: file.readUInt16LE(header + 6) }, (_, index) => {
    const at = optional + file.readUInt16LE(header + 20) + index * 40;
    return {
      address: file.readUInt32LE(at + 12),
      size: file.readUInt32LE(at + 8),
      offset: file.readUInt32LE(at + 20),
    };
  });
  const offsetOf = (address: number): number => {
    const section = sections.find((one) => address >= one.address && address < one.address + one.size);
    if (!section) throw new Error('an address outside of every section');
    return address - section.address + section.offset;
  };
  // The second data directory of PE32+; the import table ends with a record of zeros.
  const imports = file.readUInt32LE(optional + 112 + 8);
  const found: string[] = [];
  for (let at = offsetOf(imports); file.readUInt32LE(at + 12) !== 0; at += 20)
    found.push(textAt(file, offsetOf(file.readUInt32LE(at + 12))).toLowerCase());
  return found;
}

function machLibraries(file: Buffer): string[] {
  const found: string[] = [];
  let at = 32;
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    // LC_LOAD_DYLIB
    if (file.readUInt32LE(at) === 0xc) found.push(textAt(file, at + file.readUInt32LE(at + 8)));
    at += file.readUInt32LE(at + 4);
  }
  return found;
}
