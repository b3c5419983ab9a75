/** Why a call to a server got no answer, and what is wrong with its certificate. “It” is the server. */
export const network = {
  network: {
    compressed:
      'the answer is compressed ({encoding}), which your server didn’t ask for; perhaps a proxy in front of the peer does that, and it has to be turned off there',
    refused: 'Nothing answers at its address: the connection was refused.',
    broke: 'The connection broke before it answered.',
    unknown_name: 'Its host name wasn’t found (DNS).',
    dns_down: 'Its host name couldn’t be resolved just now (DNS).',
    no_route: 'There is no route to its address.',
    no_network: 'There is no route to its network.',
    connect_timeout: 'It didn’t accept the connection in time.',
    answer_timeout: 'It didn’t answer in time.',
    too_slow: 'Its answer took too long to arrive.',
    too_large: 'Its answer is larger than {bytes, number} bytes.',
    failed: 'It couldn’t be reached: {detail}',
    no_details: 'no details',
    plain_only:
      'Its address is plain HTTP. Your server uses plain HTTP only at addresses that you entered yourself.',
    private_address:
      '{host} is a private address. Your server uses a private address only if you entered it yourself.',
    no_tls: 'What answers at its address doesn’t speak TLS. It may speak plain HTTP.',
    tls_name: 'Its TLS server doesn’t know this host name.',
    tls_nothing_in_common:
      'It and your server found no way to set up TLS that both support. Possibly its certificate has an Ed25519 or P-521 key, which the desktop app can’t verify; its owner can use a P-256 key.',
    tls_version: 'It and your server have no TLS version in common.',
    tls_failed: 'The TLS handshake failed.',
    tls_failed_code: 'The TLS handshake failed ({code}).',
    tls_timeout: 'The TLS handshake didn’t finish within {seconds} seconds.',
    no_certificate: 'It presents no certificate.',
    self_signed: 'Its certificate is self-signed, and no key is pinned for it here.',
    distrusted: 'This computer doesn’t trust its certificate ({reason}).',
    other_key: 'Its certificate has a different key than the one pinned for it.',
    bad_certificate: 'Its certificate wasn’t accepted: {detail}',
    lookup_failed: '{host} can’t be resolved: {detail}',
    port_open: 'Port {port} is open.',
    port_silent:
      'Port {port} didn’t answer within {seconds} seconds. A firewall or a router may be dropping the connection.',
    port_unreachable: 'Port {port} can’t be reached. {why}',
    status: 'It answers with an error.',
    status_says: 'It answers with an error: “{quote}”',
    no_answer: 'It didn’t answer.',
  },
  certificate: {
    kind_self_signed: 'self-signed',
    kind_issued: 'issued by {issuer}',
    kind_unnamed: 'issued by an unnamed authority',
    no_names: 'no name',
    valid_days:
      'It is valid for {n, plural, one {# more day} other {# more days}}, until {until, date, long}.',
    valid_hours:
      'It is valid for {n, plural, one {# more hour} other {# more hours}}, until {until, date, long}.',
    good: 'The certificate is {kind} for {names}. {validity}',
    pinned: 'The certificate is {kind} and has the pinned key. {validity}',
    pinned_expired:
      'The certificate is {kind} and has the pinned key. It expired on {until, date, long}. That doesn’t matter while the key is pinned.',
    own_self_signed: 'The certificate is self-signed. Peers pin its key. {validity}',
    soon: '{text} It should have been renewed by now.',
    expired: 'The certificate ({kind}) expired on {until, date, long}.',
    early: 'The certificate ({kind}) isn’t valid before {from, date, long}, {from, time, ::jmmz}.',
    other_name: 'The certificate ({kind}) is for {names}, not for {host}.',
    self_signed: 'The certificate is self-signed, and no key is pinned for this peer.',
    chain:
      'The certificate ({kind}) comes without the intermediate certificates that lead to an authority this computer trusts.',
    distrusted: 'This computer doesn’t trust the certificate ({kind}; {reason}).',
    other_key: 'The certificate ({kind}) has a different key than the one pinned for this peer.',

    fix_renew_pinned:
      'Ask its owner to renew it with the same key: servers that haven’t pinned the key refuse it.',
    fix_other_key:
      'Ask its owner, by phone for example, whether the certificate was replaced. If so, choose “Look up again” under “Address” on its page, to pin the new key. If not, somebody may be intercepting the connection.',
    fix_ask_why: 'Ask its owner to find out why it isn’t renewed.',
    fix_own_why: 'Server, Network shows why it isn’t renewed.',
    fix_expired: 'If the date on this computer is right, ask its owner to renew it.',
    fix_early:
      'First check the clock of this computer. If it is right, the owner’s clock was wrong when the certificate was made: ask for a new one.',
    fix_other_name:
      'Check the address. If it is right, ask its owner to get a certificate for {host}, or to have the proxy present the right one.',
    fix_self_signed:
      'Choose “Look up again” under “Address” on its page, to pin the key, or ask its owner for an invite, which contains the key.',
    fix_chain: 'Ask its owner to present the whole chain (fullchain.pem instead of cert.pem).',
    fix_distrusted:
      'Tell its owner. If the certificate is self-signed, ask for an invite, which contains its key.',
    fix_own_expired:
      'If the date on this computer is right, renew it, or choose another way to get a certificate in Server, Network.',
    fix_own_early:
      'First check the clock of this computer. If it is right, get a new certificate, or choose another way to get one in Server, Network.',
    fix_own_other_name: 'Get a certificate for {host}, or set the public address to a name that it covers.',
    fix_own_chain: 'Present the whole chain (fullchain.pem instead of cert.pem).',
    fix_own_distrusted:
      'Peers that don’t know its authority refuse it. Get one from another authority, or choose another way to get one in Server, Network.',
  },
} as const;
