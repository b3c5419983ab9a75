import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { canonicalJson } from '../../shared/protocol/coding/canonical-json.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { parseJson } from '../../shared/protocol/coding/json.ts';

interface Vector {
  readonly received: string;
  /** null: must be refused. */
  readonly canonical: string | null;
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL('canonical-json.json', import.meta.url), 'utf8'));

for (const { received, canonical } of vectors) {
  const name = JSON.stringify(received);
  if (canonical === null)
    test(`${name} is refused as BAD_REQUEST`, () => {
      assert.throws(
        () => parseJson(received),
        (error) => error instanceof ProtocolError && error.code === 'BAD_REQUEST',
      );
    });
  else
    test(`${name} has the canonical form of the vector`, () => {
      assert.equal(canonicalJson(parseJson(received)), canonical);
    });
}
