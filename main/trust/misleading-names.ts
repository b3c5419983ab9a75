/** Warnings about names that readers may mistake for other names. Pure. */

import {
  mixedScripts,
  type Script,
  skeleton,
  wordWithMixedScripts,
} from '../../shared/unicode/look-alikes.ts';
import { visible } from '../../shared/unicode/visible.ts';
import { type Said, said, sentences } from '../../shared/words/said.ts';

/** The warning about the name of a room or channel, if any. */
export const labelWarning = (name: string): Said | null =>
  joined(hiddenIn(name), mixedIn(name, wordWithMixedScripts(name)));

/**
 * The warning about a user ID, compared with the other `known` users. There are none about our own users. Of two names
 * that look alike, the one in ASCII counts as the real one.
 */
export function userWarnings(
  known: readonly string[],
  isOurs: (userId: string) => boolean,
): (userId: string) => Said | null {
  // Comparing hundreds of our own users is most of the work, and often nobody else is asked about.
  let likes: Map<string, string[]> | undefined;
  return (userId) => {
    if (isOurs(userId)) return null;
    likes ??= Map.groupBy(new Set(known), (each) => skeleton(nameOf(each)));
    const name = nameOf(userId);
    const like = likes
      .get(skeleton(name))
      ?.find(
        (other) =>
          canStandFor(name, nameOf(other)) ||
          (name === nameOf(other) && canStandFor(serverOf(userId), serverOf(other))),
      );
    return joined(hiddenIn(name), mixedIn(name, mixedScripts(name)), likeAnother(userId, like));
  };
}

/**
 * The warning about what somebody wants to be called: it hides something, mixes scripts, looks like the name of
 * somebody else without being the same, or like their user name. If two have the same name, their servers are shown.
 */
export function nameWarnings(known: readonly Called[]): (called: Called) => Said | null {
  const byName = Map.groupBy(known, ({ display_name }) => skeleton(display_name));
  const byUser = Map.groupBy(known, ({ user_id }) => skeleton(nameOf(user_id)));
  return ({ user_id, display_name: name }) => {
    const of = skeleton(name);
    const isOther = (other: Called) => other.user_id !== user_id;
    const like =
      byName.get(of)?.find((other) => isOther(other) && canStandFor(name, other.display_name)) ??
      byUser.get(of)?.find((other) => isOther(other) && nameOf(other.user_id) !== nameOf(user_id));
    return joined(
      hiddenIn(name),
      mixedIn(name, wordWithMixedScripts(name)),
      likeAnother(name, like?.user_id),
    );
  };
}

interface Called {
  readonly user_id: string;
  readonly display_name: string;
}

/** The same for servers. Their names are ASCII (IDNs in their `xn--` form), which leaves 1 and l, 0 and o, rn and m. */
export function serverWarnings(known: readonly string[]): (server: string) => Said | null {
  const likes = Map.groupBy(new Set(known), skeleton);
  return (server) =>
    joined(
      likeAnother(
        server,
        likes.get(skeleton(server))?.find((other) => canStandFor(server, other)),
      ),
    );
}

/** Different names that can look the same, if the other is at least as plain. Capital letters look different. */
const canStandFor = (name: string, other: string): boolean =>
  name.toLowerCase() !== other.toLowerCase() &&
  skeleton(name) === skeleton(other) &&
  (isAscii(other) || !isAscii(name));

const isAscii = (text: string): boolean => !/[^\u0020-\u007e]/.test(text);
const nameOf = (userId: string): string => userId.slice(1).split(':', 1)[0] ?? userId;
const serverOf = (userId: string): string => userId.slice(userId.indexOf(':') + 1);

const hiddenIn = (name: string): Said | null =>
  visible(name) === name ? null : said('names.hidden', { name: visible(name) });

function mixedIn(name: string, scripts: readonly Script[] | null): Said | null {
  const [first, second] = scripts ?? [];
  if (first === undefined || second === undefined) return null;
  const of = (script: Script): Said => said('names.script', { script });
  return said('names.mixed', { name: visible(name), first: of(first), second: of(second) });
}

const likeAnother = (name: string, other: string | undefined): Said | null =>
  other === undefined ? null : said('names.like', { name: visible(name), other: visible(other) });

function joined(...warnings: readonly (Said | null)[]): Said | null {
  const [first, ...more] = warnings.filter((warning) => warning !== null);
  return first === undefined ? null : sentences(first, ...more, said('names.check'));
}
