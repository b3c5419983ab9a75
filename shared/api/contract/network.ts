/** A name that the node keeps: its address, and a certificate without an open port. */
import * as v from 'valibot';
import { expected, expectedWhat } from '../../words/expected.ts';
import { by } from '../roles.ts';
import { DnsProviderName, EntranceAddressView, KeptNameAddress, KeptNameView } from '../views/reach-views.ts';
import { done, listOf, nothing, text } from './fields.ts';
import { procedure } from './procedure.ts';

/** Goes into a header or an address, so it has no spaces. A message never quotes it. */
const secret = v.pipe(text('dns_secret', 512), v.regex(/^[\x21-\x7e]+$/, expectedWhat('dns_secret')));

export const networkContract = {
  keptName: procedure(
    'GET',
    '/name',
    'The name whose records this node keeps; its secret is never shown',
    by('admin', 'node'),
    nothing,
    v.object({ kept: v.nullable(KeptNameView) }),
  ),
  keepName: procedure(
    'PUT',
    '/name',
    'Keep a name: point it here, get a certificate for it by DNS-01, and make it the public address',
    by('machine', 'node'),
    v.object({
      provider: v.picklist(
        DnsProviderName.options,
        expected('one_of', { values: DnsProviderName.options.join(', ') }),
      ),
      name: text('dns_name', 253),
      /** The token of deSEC or DuckDNS. */
      token: v.optional(secret),
      /** The DNS server of `rfc2136`, as HOST or HOST:PORT, and a key for HMAC-SHA256 in base64. */
      server: v.optional(text('dns_server', 255)),
      key_name: v.optional(text('dns_name', 253)),
      key: v.optional(secret),
      /** The public one, unless something else was chosen before. */
      address: v.optional(
        v.picklist(
          KeptNameAddress.options,
          expected('one_of', { values: KeptNameAddress.options.join(', ') }),
        ),
      ),
      /** The owner agrees to the terms of the certificate authority; not needed again. */
      terms_agreed: v.optional(v.boolean(expectedWhat('boolean'))),
    }),
    v.object({ kept: v.nullable(KeptNameView) }),
  ),
  dropName: procedure(
    'DELETE',
    '/name',
    'Forget the kept name and its secret, remove its records, and use a self-signed certificate again',
    by('machine', 'node'),
    nothing,
    done,
  ),
  entranceAddresses: procedure(
    'GET',
    '/entrance-addresses',
    'The addresses where people log in, and what works there; none while they can’t',
    by('admin', 'node'),
    nothing,
    listOf(EntranceAddressView),
  ),
  testEntrance: procedure(
    'POST',
    '/entrance-addresses/test',
    'Call those addresses from this computer, as a browser at home would',
    by('admin', 'node'),
    nothing,
    listOf(EntranceAddressView),
  ),
} as const;
