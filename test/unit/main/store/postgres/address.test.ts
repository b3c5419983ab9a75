import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { DatabaseAddress, DatabaseAddressError } from '../../../../../main/store/postgres/address.ts';

const shown = (url: string) => String(new DatabaseAddress(url));

test('a database is shown by host and name', () => {
  assert.equal(shown('postgres://ann:secret@db.example/paracord'), 'db.example:5432/paracord');
  assert.equal(shown('postgresql://db.example:6000/my%20data?sslmode=require'), 'db.example:6000/my data');
  assert.equal(shown('postgres://ann@[::1]:5433/paracord'), '[::1]:5433/paracord');
  assert.equal(shown('postgres://ann@/paracord?host=/run/postgresql'), '/run/postgresql/paracord');
  assert.equal(shown('postgres:///paracord?host=%2Frun%2Fpostgresql'), '/run/postgresql/paracord');
});

test('an address may name several servers of one database', () => {
  const address = new DatabaseAddress('postgres://ann:secret@db1,db2:5433/paracord?sslmode=require');
  assert.deepEqual(
    address.servers.map(({ url }) => url),
    [
      'postgres://ann:secret@db1/paracord?sslmode=require',
      'postgres://ann:secret@db2:5433/paracord?sslmode=require',
    ],
  );
  assert.equal(String(address), 'db1:5432,db2:5433/paracord');
});

test('a password is never printed, logged or sent', () => {
  const address = new DatabaseAddress('postgres://ann:se%2Fcr@et@db.example/paracord');
  const printed = [String(address), JSON.stringify({ address }), inspect({ address }), `${address.host}`];
  for (const text of printed) assert.doesNotMatch(text, /ann|se%2F|cr@et/);
  assert.match(address.url, /se%2Fcr@et/);
});

test('what is not the address of a database is refused without quoting it', () => {
  const faults = {
    'mysql://ann:secret@db.example/paracord': 'scheme',
    'db.example/paracord': 'scheme',
    '': 'scheme',
    'postgres:///paracord': 'host',
    'postgres://ann:secret@db.example': 'name',
    'postgres://ann:secret@db.example/': 'name',
    'postgres://ann:secret@db.example:port/paracord': 'invalid',
    'postgres://ann:secret@db.example/%zz': 'invalid',
  };
  for (const [url, fault] of Object.entries(faults))
    assert.throws(
      () => new DatabaseAddress(url),
      (error) =>
        error instanceof DatabaseAddressError && error.fault === fault && !inspect(error).includes('secret'),
      url,
    );
});
