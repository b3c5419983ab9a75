/** The certificate of this node: where it comes from, and what a certificate authority (ACME) refuses. */
export const tls = {
  tls: {
    stand_in: '{problem} Until this is fixed, your server presents a certificate of its own.',
    expired_pinned:
      'The certificate of your server expired on {until, date, long}. Peers that haven’t pinned its key refuse the connection. {next}',
    expires:
      'The certificate of your server expires on {until, date, long} and hasn’t been renewed yet. {next}',
    renew_files: 'Renew the files it comes from. Your server picks them up without a restart.',
    keeps_trying: 'Your server keeps trying to renew it.',
    renewed_around: 'Your server renews it around {at, date, long}.',
    remade_around:
      'Your server makes a new one around {at, date, long}, with the same key, so nothing changes for peers.',
    retried_at: 'Your server retries on {at, date, long} at {at, time, ::jmmz}.',
    file_missing: 'The TLS file {file} doesn’t exist. Put it there, or choose another file.',
    file_denied: 'This program may not read the TLS file {file}. Change its permissions.',
    file_folder: 'The TLS file {file} is a folder. Choose a file in PEM format.',
    file_irregular: 'The TLS file {file} is a pipe or a device. Choose a file in PEM format.',
    file_unreadable: 'The TLS file {file} can’t be read: {detail}.',
    bad_pair:
      '{cert} and {key} don’t form a usable pair: {why}. A certificate chain and its private key are needed, both in PEM format.',
    keeps_former: '{problem} The previous certificate stays in use.',
    not_its_key: 'the key doesn’t belong to the certificate',
    no_key: 'the file of the key has no private key in PEM form',
    no_certificate: 'the file of the certificate has no certificate in PEM form',
    key_encrypted:
      'the key is protected by a passphrase, which your server doesn’t ask for; “openssl pkey -in KEY -out NEW” writes it without one',
    chain_order:
      'the certificate for this key isn’t the first one in the file; put it first, and those of its authorities after it',
    own_key:
      'No certificate can be made with the key in {file}: {why}. Restore that file from a backup. If you delete it, your server makes a new key, and peers that pinned the old one must add your server again.',
    key_kind: 'keys of type {kind} aren’t supported, only P-256, P-384 and RSA',
  },
  acme: {
    obtained: 'A certificate for {names} is in use, valid until {until, date, long}.',
    asking: 'Contacting {host}.',
    trying: 'Trying it first at {host}. {step}',
    ordering: 'Ordering from {host}. {step}',
    step_order: 'Placing the order.',
    step_certificate: 'Requesting the certificate.',
    step_prove: 'Proving {name} by {type}.',
    not_yet: 'No new certificate yet: {why}. Your server retries automatically.',
    accounts:
      '{path} can’t be read. It was left unchanged because it contains the key of your account at the certificate authority. Restore it from a backup, or move it away to start with a new account.',
    says: '{text} It says: “{quote}”',

    the_name: 'the name',
    chosen: 'in Server, Network, or with {flag}',
    flagged: 'with {flag} when you start your server, or with “paracord-node settings change”',
    account_refused: '{authority} refuses this account or request ({type}).',
    dns: '{authority} couldn’t resolve {name}. Give it an A or AAAA record with the public address of your server, or wait until a new record has propagated.',
    dns_proof:
      '{authority} didn’t find your server’s proof in the DNS of {name}. The record was there, so its DNS servers may not agree yet. You don’t need to do anything: your server retries automatically.',
    dns_address: '{name} is an IP address, and DNS-01 proves names only. Choose another challenge.',
    in_dns: 'the DNS',
    caa: 'The CAA record of {name} allows only other certificate authorities. Add “0 issue "letsencrypt.org"” (or the name of your authority) to its DNS, or remove the record.',
    rate_limited:
      '{authority} accepts no more orders for now. You don’t need to do anything: your server retries automatically.',
    rate_limited_until:
      '{authority} accepts no more orders until {at, date, long}, {at, time, ::jmmz}. You don’t need to do anything: your server retries then.',
    identifier:
      '{authority} issues no certificate for {name}. It must be a public domain name, or a public address if the authority certifies those. Choose another name ({how}), or let your server make its own certificate.',
    external_account:
      '{authority} requires an account made on its own site first, which this program doesn’t support. Choose another authority ({how}), or get the certificate with another program and give this one its files.',
    user_action: '{authority} has new terms that you must accept on its site first.',
    contact: '{authority} doesn’t accept the email address. Choose another one, or none ({how}).',
    profile:
      '{authority} doesn’t offer the profile that certificates for addresses need. Use a domain name instead ({how}).',
    internal:
      '{authority} has an internal error. You don’t need to do anything: your server retries automatically.',
    refused: '{authority} refused the request ({type}).',
    not_connected: '{authority} couldn’t connect to {name} on port {port}. {next}',
    other_there:
      '{authority} reached something other than your server at port {port} of {name}. {next} A proxy in front must pass on {what}.',
    tls_itself: 'the TLS connection itself',
    this_server: 'your server',
    listener: 'the federation listener',
    listener_at: 'the federation listener (port {port} of this computer)',
    port_here: 'port {port} of this computer',
    port_at: 'port {port} on {host}',
    must_reach:
      'Port {port} of {name} must reach {place}. Check the router’s port forwarding, the firewall and the DNS record of the name.',
    or_forward:
      '{text} Or forward TCP port {port} to {place} in the router’s settings. If you have done that, check the firewall and the DNS record of the name.',
    port_used_instead: 'Another program uses {port}, so the challenge is answered on port {other}.',
    port_denied_instead: 'Only administrators may use {port}, so the challenge is answered on port {other}.',
    not_our_address:
      'The challenge should be answered on {host}, which isn’t an address of this computer. Choose another one ({how}).',
    not_listening: 'The HTTP-01 challenge can’t be answered: your server can’t listen on {port} ({detail}).',
    port_used:
      'Another program uses {port}, which the HTTP-01 challenge needs. Stop that program, or choose another port for the answer ({how}) and let the router forward TCP port 80 to it, or let that program forward {path}. Or use TLS-ALPN-01, which needs port 443 on the federation listener (--acme-challenge tls-alpn-01).',
    port_denied:
      'Only administrators may use {port}, which the HTTP-01 challenge needs. Choose another port for the answer ({how}) and let the router forward TCP port 80 to it. Or use TLS-ALPN-01, which needs port 443 on the federation listener (--acme-challenge tls-alpn-01).',
    no_challenge:
      'For {name}, the certificate authority offers {offered}. {wanted, select, none {This program supports none of them.} other {You chose {wanted}.}} Choose another challenge ({how}), or get the certificate with another program and give this one its files ({files}).',
    nothing_offered: 'no challenge',

    why_no_reason: 'the certificate authority ended the order without saying why',
    why_unasked: 'the certificate authority wants proof of something that wasn’t ordered',
    why_proof: 'the proof of {name} is {status}',
    why_slow: 'the certificate authority took longer than three minutes',
    why_unusable: 'the certificate authority sent an unusable certificate ({detail})',
    why_other_name: 'the certificate from the certificate authority isn’t for {name}',
    why_expired: 'the new certificate has already expired, or the clock of this computer is wrong',
    why_unreachable: '{host} can’t be reached ({detail})',
    why_timeout: '{host} didn’t answer in time',
    why_not_https: '{url} isn’t an HTTPS address',
    why_too_large: 'the answer is larger than {bytes, number} bytes',
    why_no_nonce: '{host} sent no nonce',
    why_status: '{host} answered with status {status}',
    why_not_rfc: 'an answer of the certificate authority ({what}) doesn’t conform to RFC 8555',
    why_no_location: 'an answer of the certificate authority ({what}) contains no address',
  },
  listen: {
    in_use: 'Port {port} on {address} is in use by another program.',
    privileged: 'Port {port} requires administrator rights. Ports from 1024 on don’t.',
    not_ours: '{address} isn’t an address of this computer.',
    choose_other: '{problem} Choose another one. Nothing was changed.',
  },
} as const;
