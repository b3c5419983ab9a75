/** A name that the node keeps at a DNS provider, and what providers refuse. */
export const keptName = {
  kept_name: {
    bad_name: 'a whole name, such as anna.dedyn.io',
    bad_duckdns_name: 'a name at DuckDNS, such as anna.duckdns.org',
    needs_token: 'the token of your account at the provider',
    needs_server: 'your DNS server, such as ns.example.org or 192.168.1.2:53',
    needs_key_name: 'the name of the key',
    needs_key: 'the secret of a key for HMAC-SHA256 in base64, of at least 16 bytes',
    unreachable: '{provider} can’t be reached: {why}.',
    too_many: '{provider} takes no more changes for now. You don’t need to do anything: your server retries.',
    out_of_order:
      '{provider} has a problem of its own (status {status}). You don’t need to do anything: your server retries.',
    refused: '{provider} refused the change. It says: “{quote}”',
    not_understood:
      '{provider} sent an answer that this program doesn’t understand. Look for a newer version of it.',
    desec_token:
      'deSEC doesn’t accept this token. Make another one at desec.io, Token Management, and enter it in Server, Network.',
    desec_no_domain:
      'The account of this token has no domain for {name}. Add the domain at desec.io, or enter the token of the account that has it.',
    duckdns_refused:
      'DuckDNS refused the change: the token is wrong, or {name} isn’t in its account. Compare both with what duckdns.org shows you.',
    no_home:
      'This computer has no address in a home network now. Connect it to one, or let the name have the public address.',
    no_outside:
      'The public address of your home isn’t known: the router doesn’t say it, and neither does the provider. Turn on UPnP in the router, or let the name have the address in the home network.',
    no_zone: '{server} has no zone for {name}. Enter the DNS server that has it, the primary one.',
    bad_key:
      '{server} doesn’t accept the key. Compare its name and its secret with the server’s configuration; it has to be for HMAC-SHA256.',
    bad_time:
      'The clocks of {server} and this computer differ by more than five minutes. Set the one that is wrong.',
    update_refused:
      '{server} refused the update (code {code}). Allow this key to change A, AAAA and TXT records of the name.',
    server_silent: '{server} can’t be reached over TCP: {why}.',
    not_dns: '{server} sent something that isn’t an answer to a signed update.',
    not_seen:
      '{server} still doesn’t show the record for {name} after five minutes. You don’t need to do anything: your server retries.',
    not_kept:
      'Your server doesn’t keep {name}, so it can’t prove it by DNS-01. Enter the name in Server, Network.',
    not_current: 'The address of {name} may be out of date. {why}',
  },
} as const;
