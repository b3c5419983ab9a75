import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import pg from 'pg';
import { DatabaseAddress, DatabaseAddressError } from '../../../../main/postgres/address.ts';
import { errorText } from '../../../../shared/words/refusal.ts';
import { wordsIn } from '../../../../shared/words/words.ts';

function refusalOf(url: string): DatabaseAddressError | null {
  try {
    new DatabaseAddress(url);
    return null;
  } catch (error) {
    assert.ok(error instanceof DatabaseAddressError, inspect(error));
    return error;
  }
}

function refuses(url: string, fault: string): void {
  const refused = refusalOf(url);
  assert.equal(refused?.said.code, `database_address.${fault}`, url);
  const texts = [inspect(refused), ...['en', 'de'].map((language) => errorText(wordsIn(language), refused))];
  for (const text of texts) assert.doesNotMatch(text, /secret/, url);
}

const clientOf = (url: string) => new pg.Client(new DatabaseAddress(url).servers[0]!.url);

const shown = (url: string) => String(new DatabaseAddress(url));

test('a database is shown by host and name', () => {
  assert.equal(shown('postgres://ann:secret@db.example/paracord'), 'db.example:5432/paracord');
  assert.equal(shown('postgresql://db.example:6000/my%20data?sslmode=require'), 'db.example:6000/my data');
  assert.equal(shown('postgres://ann@[::1]:5433/paracord'), '[::1]:5433/paracord');
  assert.equal(shown('postgres://ann@/paracord?host=/run/postgresql'), '/run/postgresql/paracord');
  assert.equal(shown('postgres:///paracord?host=%2Frun%2Fpostgresql'), '/run/postgresql/paracord');
});

test('an address may name several servers of one database', () => {
  const address = new DatabaseAddress('postgres://ann:secret@db1,db2:5433/paracord?sslmode=disable');
  assert.deepEqual(
    address.servers.map(({ url }) => url),
    [
      'postgres://ann:secret@db1/paracord?sslmode=disable',
      'postgres://ann:secret@db2:5433/paracord?sslmode=disable',
    ],
  );
  assert.equal(String(address), 'db1:5432,db2:5433/paracord');
});

test('a password is never printed, logged or sent', () => {
  const address = new DatabaseAddress('postgres://ann:se%2Fcr@et@db.example/paracord');
  const printed = [String(address), JSON.stringify({ address }), inspect({ address })];
  for (const text of printed) assert.doesNotMatch(text, /ann|se%2F|cr@et/);
  assert.match(address.url, /se%2Fcr@et/);
});

test('a text that isn’t the address of a database is refused without quoting it', () => {
  const faults = {
    'mysql://ann:secret@db.example/paracord': 'scheme',
    'db.example/paracord': 'scheme',
    '': 'scheme',
    'postgres:///paracord': 'host',
    'postgres://ann:secret@/paracord': 'host',
    'postgres://ann:secret@db1,/paracord': 'host',
    'postgres://ann:secret@db example/paracord': 'host_name',
    'postgres://ann:secret@[::secret]/paracord': 'host_name',
    'postgres://ann:secret@:5432/paracord': 'host_name',
    'postgres://ann:secret@db.example:port/paracord': 'port',
    'postgres://ann:secret@db.example:0/paracord': 'port',
    'postgres://ann:secret@db.example:65536/paracord': 'port',
    'postgres://ann:secret@db1,db2:0/paracord': 'port',
    'postgres://::1/secret': 'host_name',
    'postgres://ann:secret/paracord': 'port',
    'postgres://ann:secret@db.example': 'name',
    'postgres://ann:secret@db.example/': 'name',
    'postgres://ann:secret@db.example?sslmode=disable': 'name',
    'postgres://ann:secret@db.example/%zz': 'percent',
    'postgres://ann:secret%ff@db.example/paracord': 'percent',
  };
  for (const [url, fault] of Object.entries(faults)) refuses(url, fault);
});

test('a password with a character that should be escaped is refused, and no part of it is shown', () => {
  const passwords = [
    'secret/1',
    '12/secret',
    'secret?',
    '1?secret=secret',
    'secret#1',
    '9#secret',
    'secret@x/y',
    '/?#secret',
  ];
  for (const password of passwords) {
    refuses(`postgres://ann:${password}@db.example/paracord`, 'escape');
    refuses(`postgres://ann:${password}@db.example/paracord?sslmode=disable`, 'escape');
  }
  refuses('postgres://ann:x@db.example/paracord?password=secret#1', 'escape');
  refuses('postgres://ann@db.example/paracord?password=secret%E4', 'percent');
});

test('a parameter that does nothing, or has a wrong value, is refused, and a value is not shown', () => {
  const at = 'postgres://ann:secret@db.example/paracord';
  for (const one of ['connect_timeout=10', 'application_name=x', 'ssl_mode=require', 'secret', 'sslmode'])
    refuses(`${at}?${one}`, one === 'sslmode' ? 'value' : 'parameter');
  for (const one of [
    'sslmode=secret',
    'sslmode=allow',
    'ssl=secret',
    'sslnegotiation=secret',
    'uselibpqcompat=1',
    'port=0',
  ])
    refuses(`${at}?${one}`, 'value');
  refuses(`${at}?port=65536`, 'value');
  refuses(`${at}?sslrootcert=`, 'value');
  assert.match(
    refusalOf(`${at}?sslmode=secret`)?.message ?? '',
    /sslmode in the address must be disable, prefer/,
  );
  assert.match(refusalOf(`${at}?sslrootcert=`)?.message ?? '', /sslrootcert in the address needs a value/);
  assert.match(refusalOf(`${at}?ssl_mode=x`)?.message ?? '', /host, port, user, password, sslmode/);
  assert.equal(refusalOf(`${at}?password=a@b&user=ann@corp`), null);
});

test('the client gets the sslmode that it uses, and doesn’t warn of another one', (t) => {
  const { mock } = t.mock.method(process, 'emitWarning', () => {});
  const sent = (query: string) =>
    new DatabaseAddress(`postgres://db/paracord?${query}`).servers[0]?.url.split('?')[1];
  for (const mode of ['prefer', 'require', 'verify-ca'])
    assert.equal(sent(`sslmode=${mode}&sslrootcert=/a`), 'sslmode=verify-full&sslrootcert=%2Fa');
  for (const query of ['sslmode=disable', 'sslmode=no-verify', 'sslmode=require&uselibpqcompat=true'])
    assert.equal(sent(query), query);
  clientOf('postgres://db/paracord?sslmode=require');
  assert.equal(mock.callCount(), 0);
});

test('the client reads user and password as they were meant', () => {
  const meant = (login: string) => {
    const { user, password, database } = clientOf(`postgres://${login}@db/my data`);
    return [user, password, database];
  };
  assert.deepEqual(meant('ann:100%'), ['ann', '100%', 'my data']);
  assert.deepEqual(meant('ann:a%2Fb%zz c@d'), ['ann', 'a/b%zz c@d', 'my data']);
});

test('the last value of a repeated parameter counts, as for the client', () => {
  assert.equal(shown('postgres:///paracord?host=a.example&host=b.example'), 'b.example:5432/paracord');
  const { url = '' } =
    new DatabaseAddress('postgres://db/paracord?sslmode=disable&sslmode=require').servers[0] ?? {};
  assert.equal(url, 'postgres://db/paracord?sslmode=verify-full');
});

test('the options say where the database is, too', () => {
  assert.equal(shown('postgres:///paracord?host=db.example&port=6000'), 'db.example:6000/paracord');
  assert.equal(shown('postgres://db.example/paracord?port=6000'), 'db.example:6000/paracord');
});
