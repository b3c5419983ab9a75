/**
 * What a node answers with (docs/protocol/control-api.md), as schemas, so that types, OpenAPI and tests share one
 * source. Times are unix milliseconds. Views may gain fields; programs ignore what they do not know.
 */
import * as v from 'valibot';

export const time = v.pipe(v.number(), v.integer());
export const optionalTime = v.nullable(time);

/** Why a name may be mistaken for another, in a sentence; left out where there is nothing to say. */
export const nameWarning = v.optional(v.string());
