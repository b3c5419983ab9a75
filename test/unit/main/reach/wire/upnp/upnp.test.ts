import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findService,
  mappingServices,
  pinholeServices,
  readSoap,
  soapCall,
} from '../../../../../../main/reach/wire/upnp/igd.ts';
import { findDescription, readLocation } from '../../../../../../main/reach/wire/upnp/ssdp.ts';
import { Upnp } from '../../../../../../main/reach/wire/upnp/upnp.ts';
import { Upnp6 } from '../../../../../../main/reach/wire/upnp/upnp6.ts';
import { VirtualClock } from '../../../../../support/virtual-clock.ts';
import { inEnglish } from '../../../../../support/words.ts';

const version1 = 'urn:schemas-upnp-org:service:WANIPConnection:1';
const version2 = 'urn:schemas-upnp-org:service:WANIPConnection:2';
const firewall = 'urn:schemas-upnp-org:service:WANIPv6FirewallControl:1';
const search = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1';

const service = (type: string, control: string): string =>
  `<service><serviceType>${type}</serviceType><controlURL>${control}</controlURL></service>`;
const description = (...services: string[]): string => `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceList><device><deviceList><device>
<serviceList>${services.join('')}</serviceList></device></deviceList></device></deviceList></device></root>`;
const answer = (action: string, fields: Readonly<Record<string, string>> = {}): string =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:${action}Response xmlns:m="x">${Object.entries(
    fields,
  )
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('')}</m:${action}Response></s:Body></s:Envelope>`;
const fault = (code: number, text = ''): string =>
  `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>s:Client</faultcode><detail><UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>${code}</errorCode><errorDescription>${text}</errorDescription></UPnPError></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>`;

test('the best service is picked, and only the path of its address', () => {
  const both = description(service(version1, '/one'), service(version2, 'http://evil.test/two?x=1'));
  assert.deepEqual(findService(both, mappingServices), { type: version2, control: '/two?x=1' });
  assert.deepEqual(findService(description(service(version1, 'ctl/ip')), mappingServices), {
    type: version1,
    control: '/ctl/ip',
  });
  assert.equal(findService(both, pinholeServices), null);
  for (const text of [
    '',
    'hello',
    '<a>'.repeat(60_000),
    `${'<a>'.repeat(3_000)}${'</a>'.repeat(3_000)}`,
    '<root>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  ])
    assert.equal(findService(text, mappingServices), null, text.slice(0, 80));
});

test('an answer is read whatever its prefixes are, and a fault is reported by its number', () => {
  const read = readSoap(answer('AddAnyPortMapping', { NewReservedPort: '5000' }), 'AddAnyPortMapping');
  assert.equal(read && 'fields' in read && read.fields.get('NewReservedPort'), '5000');
  assert.deepEqual(readSoap(fault(718, 'Conflict'), 'AddPortMapping'), {
    fault: { code: 718, text: 'Conflict' },
  });
  assert.equal(readSoap(answer('Other'), 'AddPortMapping'), null);
  assert.equal(readSoap('<html>', 'AddPortMapping'), null);
});

test('sent texts are escaped', () => {
  assert.match(soapCall(version1, 'X', { A: '<&>' }), /<A>&lt;&amp;&gt;<\/A>/);
});

test('a description is read only from the router, wherever its answer points', () => {
  const text = (location: string, st = search): string =>
    `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nst: ${st}\r\nLOCATION: ${location}\r\n\r\n`;
  const read = (...given: Parameters<typeof text>) =>
    readLocation(text(...given), '192.168.1.1')?.href ?? null;
  assert.equal(read('http://192.168.1.1:5000/root.xml'), 'http://192.168.1.1:5000/root.xml');
  assert.equal(read('http://127.0.0.1:8449/api?x=1'), 'http://192.168.1.1:8449/api?x=1');
  assert.equal(read('https://192.168.1.1/root.xml'), null);
  assert.equal(read('file:///etc/passwd'), null);
  assert.equal(read('http://192.168.1.1/', 'upnp:rootdevice'), null);
  assert.equal(readLocation(text('http://192.168.1.1/').replace('200 OK', '404 No'), null), null);
  assert.equal(readLocation(text('http://[2400:2::1]:80/r'), null)?.href, 'http://[2400:2::1]/r');
  assert.equal(readLocation(text('http://somewhere.test/r'), null), null);
});

test('an answer of more than two thousand bytes is ignored, and a line of blanks takes no time', () => {
  const head = `HTTP/1.1 200 OK\r\nST: ${search}\r\nLOCATION: http://192.168.1.1/r\r\nX: `;
  const padded = (length: number): string => `${head}${'x'.repeat(length - head.length - 4)}\r\n\r\n`;
  assert.equal(readLocation(padded(2_048), '192.168.1.1')?.href, 'http://192.168.1.1/r');
  assert.equal(readLocation(padded(2_049), '192.168.1.1'), null);
  const blanks = `HTTP/1.1 200 OK\r\nST: a${' '.repeat(2_000)}b\r\n\r\n`;
  assert.equal(readLocation(blanks, '192.168.1.1'), null);
});

test('a packet that is too long is dropped before it is turned into text', async () => {
  const { parts } = router(version1, {});
  let isRead = false;
  const packet = Object.assign(Buffer.alloc(60_000, ' '), {
    toString: () => {
      isRead = true;
      return '';
    },
  });
  const clock = new VirtualClock();
  const finding = findDescription(
    {
      clock,
      openUdp: async ({ onMessage }) => ({
        send: () => onMessage(packet, { address: '192.168.1.1', port: 1900 }),
        close() {},
      }),
    },
    parts.route,
    signal,
  );
  await clock.advance(5_000);
  assert.deepEqual([await finding, isRead], [null, false]);
});

test('the answers of a router are bounded in number, depth and length', () => {
  const within = (count: number) => description(service(version1, '/one'), '<x/>'.repeat(count));
  assert.ok(findService(within(3_900), mappingServices));
  assert.equal(findService(within(4_000), mappingServices), null);
  const deep = (levels: number) =>
    `<r>${'<a>'.repeat(levels)}${service(version1, '/one')}${'</a>'.repeat(levels)}</r>`;
  assert.ok(findService(deep(31), mappingServices));
  assert.equal(findService(deep(32), mappingServices), null);
  const told = (value: string) => {
    const read = readSoap(answer('AddPinhole', { UniqueID: value }), 'AddPinhole');
    return read && 'fields' in read && read.fields.get('UniqueID');
  };
  assert.equal(told('x'.repeat(512)), 'x'.repeat(512));
  assert.equal(told('x'.repeat(513)), '');
  assert.equal(told('5<inside>6</inside>'), '5');
});

/** A router that gives the specified answers to the actions in turn, and records the requests. */
function router(
  type: string,
  answers: Readonly<Record<string, readonly string[]>>,
  localAddress = '192.168.1.2',
) {
  const asked: string[] = [];
  const left = new Map(Object.entries(answers).map(([action, all]) => [action, [...all]]));
  const gateway = localAddress.includes(':') ? 'fe80::1%eth0' : '192.168.1.1';
  const location = localAddress.includes(':') ? 'http://[2400:2::1]:80/' : 'http://192.168.1.1/';
  const parts = {
    clock: new VirtualClock(),
    random: { next: () => 0.5, bytes: (length: number) => Buffer.alloc(length) },
    route: { gateway, localAddress },
    openUdp: async ({
      onMessage,
    }: {
      onMessage: (bytes: Buffer, from: { address: string; port: number }) => void;
    }) => ({
      send: () =>
        onMessage(Buffer.from(`HTTP/1.1 200 OK\r\nST: ${search}\r\nLOCATION: ${location}\r\n\r\n`), {
          address: gateway,
          port: 1900,
        }),
      close() {},
    }),
    httpText: async ({ body }: { body?: string }) => {
      if (body === undefined) return { status: 200, text: description(service(type, '/ctl')) };
      const action = /<u:(\w+)/.exec(body)?.[1] ?? '';
      const fields = [...body.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name, value]) => `${name}=${value}`);
      asked.push(`${action} ${fields.join(' ')}`);
      return { status: 200, text: left.get(action)?.shift() ?? fault(401) };
    },
  };
  return { parts, asked };
}

const request = { internalPort: 8448, suggestedPort: 8448, exact: false, lifetimeS: 7200 };
const door = { internalPort: 40_000, suggestedPort: 80, exact: true, lifetimeS: 120 };
const { signal } = new AbortController();
const address = answer('GetExternalIPAddress', { NewExternalIPAddress: '9.9.9.9' });

test('version 2 picks a port by itself', async () => {
  const { parts, asked } = router(version2, {
    GetExternalIPAddress: [address],
    AddAnyPortMapping: [answer('AddAnyPortMapping', { NewReservedPort: '50000' })],
    DeletePortMapping: [answer('DeletePortMapping')],
  });
  const upnp = new Upnp(parts);
  assert.deepEqual(await upnp.map(request, signal), {
    kind: 'granted',
    externalAddress: '9.9.9.9',
    externalPort: 50_000,
    lifetimeS: 7200,
    epochS: null,
  });
  await upnp.unmap({ externalPort: 50_000 }, signal);
  assert.deepEqual(asked.slice(1), [
    'AddAnyPortMapping NewRemoteHost= NewExternalPort=8448 NewProtocol=TCP NewInternalPort=8448 NewInternalClient=192.168.1.2 NewEnabled=1 NewPortMappingDescription=Paracord Node NewLeaseDuration=7200',
    'DeletePortMapping NewRemoteHost= NewExternalPort=50000 NewProtocol=TCP',
  ]);
});

test('version 1: another port replaces a taken one, and a lease that isn’t understood is left out', async () => {
  const { parts, asked } = router(version1, {
    GetExternalIPAddress: [address],
    AddPortMapping: [fault(718), fault(725), answer('AddPortMapping')],
  });
  const result = await new Upnp(parts).map(request, signal);
  assert.deepEqual(result, {
    kind: 'granted',
    externalAddress: '9.9.9.9',
    externalPort: 33_280,
    lifetimeS: 0,
    epochS: null,
  });
  assert.equal(asked.length, 4);
});

test('a router where every port is taken is believed after a few', async () => {
  const { parts, asked } = router(version1, {
    GetExternalIPAddress: [address],
    AddPortMapping: Array.from({ length: 20 }, () => fault(718)),
  });
  const result = await new Upnp(parts).map(request, signal);
  assert.equal(
    inEnglish(result.kind === 'refused' ? result.text : null),
    'The router refused (UPnP): another machine holds this port.',
  );
  assert.equal(result.kind === 'refused' && result.externalAddress, '9.9.9.9');
  assert.equal(asked.length, 5);
});

test('the one port that is of use is asked for as it is, by both versions, and no other instead', async () => {
  for (const type of [version1, version2]) {
    const { parts, asked } = router(type, {
      GetExternalIPAddress: [address, address],
      GetSpecificPortMappingEntry: [fault(714), fault(714)],
      AddPortMapping: [fault(718), answer('AddPortMapping', { NewReservedPort: '81' })],
      DeletePortMapping: [answer('DeletePortMapping')],
    });
    const upnp = new Upnp(parts);
    const refused = await upnp.map(door, signal);
    assert.equal(
      inEnglish(refused.kind === 'refused' ? refused.text : null),
      'The router refused (UPnP): another machine holds this port.',
    );
    await upnp.unmap({ externalPort: 80 }, signal);
    assert.equal(asked.length, 3, 'the port of another computer is not closed');
    const granted = await upnp.map(door, signal);
    assert.deepEqual(granted.kind === 'granted' && granted.externalPort, 80);
    await upnp.unmap({ externalPort: 80 }, signal);
    assert.deepEqual(asked.slice(5), [
      'AddPortMapping NewRemoteHost= NewExternalPort=80 NewProtocol=TCP NewInternalPort=40000 NewInternalClient=192.168.1.2 NewEnabled=1 NewPortMappingDescription=Paracord Node NewLeaseDuration=120',
      'DeletePortMapping NewRemoteHost= NewExternalPort=80 NewProtocol=TCP',
    ]);
  }
});

test('a port that is mapped already is left alone, even if it leads to this machine', async () => {
  const led = (client: string, inside: string, description: string) =>
    answer('GetSpecificPortMappingEntry', {
      NewInternalPort: inside,
      NewInternalClient: client,
      NewEnabled: '1',
      NewPortMappingDescription: description,
      NewLeaseDuration: '0',
    });
  const tried = async (entry: string) => {
    const { parts, asked } = router(version1, {
      GetExternalIPAddress: [address],
      GetSpecificPortMappingEntry: [entry],
      AddPortMapping: [answer('AddPortMapping')],
      DeletePortMapping: [answer('DeletePortMapping')],
    });
    const upnp = new Upnp(parts);
    const result = await upnp.map(door, signal);
    await upnp.unmap({ externalPort: 80 }, signal);
    return {
      said: inEnglish(result.kind === 'refused' ? result.text : null),
      changes: asked.slice(2).length,
    };
  };
  assert.deepEqual(await tried(led('192.168.1.2', '80', 'my web server')), {
    said: 'The router refused (UPnP): port 80 is already forwarded to 192.168.1.2, port 80.',
    changes: 0,
  });
  assert.deepEqual(await tried(led('192.168.1.3', '8080', 'Paracord Node')), {
    said: 'The router refused (UPnP): port 80 is already forwarded to 192.168.1.3, port 8080.',
    changes: 0,
  });
  assert.deepEqual(await tried(led('click here', 'x', '')), {
    said: 'The router refused (UPnP): port 80 is already forwarded to something else.',
    changes: 0,
  });
  const leftOver = led('192.168.1.2', '39999', 'Paracord Node');
  assert.deepEqual(await tried(leftOver), { said: '', changes: 2 });
});

test('a port being requested at the stop is released after the router has answered', async () => {
  const { parts, asked } = router(version1, {
    GetExternalIPAddress: [address],
    AddPortMapping: [answer('AddPortMapping')],
    DeletePortMapping: [answer('DeletePortMapping')],
  });
  const begun = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const upnp = new Upnp({
    ...parts,
    httpText: async (call) => {
      const said = await parts.httpText(call);
      if (!call.body?.includes('AddPortMapping')) return said;
      begun.resolve();
      await answered.promise;
      return said;
    },
  });
  const stop = new AbortController();
  const mapping = upnp.map(request, stop.signal);
  await begun.promise;
  stop.abort();
  await assert.rejects(mapping, { name: 'AbortError' });
  const withdrawing = upnp.unmap({ externalPort: 8448 }, signal);
  await new VirtualClock().settle();
  assert.equal(asked.length, 2, 'nothing is closed while it may still be opened');
  answered.resolve();
  await withdrawing;
  assert.match(asked.at(-1) ?? '', /^DeletePortMapping .*NewExternalPort=8448/);
});

test('a router’s own message is quoted only if it is plain', async () => {
  const said = async (text: string) => {
    const answers = { GetExternalIPAddress: [fault(1)], AddPortMapping: [fault(899, text)] };
    const result = await new Upnp(router(version1, answers).parts).map(request, signal);
    return inEnglish(result.kind === 'refused' ? result.text : null);
  };
  assert.equal(
    await said('Out of luck'),
    'The router refused (UPnP): it answered with code 899: “Out of luck”.',
  );
  assert.equal(
    await said('&lt;b&gt;click&lt;/b&gt;'),
    'The router refused (UPnP): it answered with the unknown code 899.',
  );
});

test('a pinhole is renewed by its number, and made again by a router that forgot it', async () => {
  const opened = (id: string) => answer('AddPinhole', { UniqueID: id });
  const { parts, asked } = router(
    firewall,
    {
      AddPinhole: [opened('5'), opened('6')],
      UpdatePinhole: [answer('UpdatePinhole'), fault(704)],
      DeletePinhole: [answer('DeletePinhole')],
    },
    '2400:2::2',
  );
  const upnp = new Upnp6(parts);
  for (let i = 0; i < 3; i++)
    assert.deepEqual(await upnp.map(request, signal), {
      kind: 'granted',
      externalAddress: '2400:2::2',
      externalPort: 8448,
      lifetimeS: 7200,
      epochS: null,
    });
  await upnp.unmap({}, signal);
  assert.deepEqual(
    asked.map((one) => one.replace(/ RemoteHost.*/, '')),
    [
      'AddPinhole',
      'UpdatePinhole UniqueID=5 NewLeaseTime=7200',
      'UpdatePinhole UniqueID=5 NewLeaseTime=7200',
      'AddPinhole',
      'DeletePinhole UniqueID=6',
    ],
  );
});
