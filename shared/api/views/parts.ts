/**
 * The API's answers (docs/protocol/control-api.md), as schemas, so that types, OpenAPI and tests share one source.
 * Times are unix milliseconds. Views may gain fields; programs ignore fields they don't know.
 */
import * as v from 'valibot';

export const time = v.pipe(v.number(), v.integer());
export const optionalTime = v.nullable(time);

/** Why a name may be mistaken for another, in a sentence; absent if there is no warning. */
export const nameWarning = v.optional(v.string());

/** The SHA-256 of the picture of somebody or of a room, by which it is read (shared/api/file-bytes.ts); null without one. */
export const picture = v.nullable(v.string());

/** The facts about a picture without its bytes. */
export const PictureView = v.object({ size: v.number(), content_type: v.string() });
