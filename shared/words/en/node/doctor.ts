/** What is wrong and what to do about it: findings, the sentence of health, the tests step by step. */
export const doctor = {
  finding: {
    not_set_up_title: 'No name yet',
    not_set_up: 'This server has no name yet. Set it up first.',
    not_set_up_fix: 'Choose a name in the setup wizard, or run: paracord-node setup NAME',
    identity_missing_title: 'The identity of this server is missing',
    identity_missing_fix:
      'Recover it with the recovery file, or copy identity.json back while the node is stopped.',
    paused_title: 'Paused',
    paused:
      'You paused federation. This server sends and receives nothing until you resume. Peers keep what they have for you.',
    paused_fix: 'Resume federation when you are ready.',
    key_expired_title: 'The signing key has expired',
    key_expired: 'The signing key has expired and was not renewed automatically.',
    key_expires_title: 'The signing key expires soon',
    key_expires:
      'The signing key is valid for {n, plural, one {# more day} other {# more days}} and was not renewed automatically.',
    key_fix: 'Rotate the keys in Server, Keys and backup.',
    dead_letters_title: 'Some events could not be delivered',
    dead_letters:
      '{n, plural, one {# event} other {# events}} could not be delivered. {n, plural, one {It waits} other {They wait}} for your decision.',
    dead_letters_fix: 'Go to Deliveries to send them again or give them up.',
    no_recovery_title: 'No recovery file saved',
    no_recovery: 'Without a recovery file, you lose the name of this server for good if the disk fails.',
    no_recovery_fix: 'Save the recovery file in Server, Keys and backup.',
    two_nodes_title: 'Something else signs with this server’s key',
    two_nodes:
      '{server} sent the event {event}. It is signed with this server’s key, but this server did not write it. Either a second node runs with a copy of the data folder, or this disk was set back to an earlier state, or someone else has your key.',
    two_nodes_fix:
      'Look for a second node and stop one of the two. If you restored a snapshot of the disk, run “recovery start”. If neither is the case, rotate your key.',
    two_texts_title: '{server} signed two texts with one ID',
    two_texts:
      'Both have the ID {event}. Some servers in the room have one and some the other, so people there don’t all see the same.',
    two_texts_fix:
      'This server keeps the one that came first. Ask the owner of {server}: with unchanged software this happens only if two nodes use its key. If it was on purpose, block {server}.',
    damaged_title: 'Stored events are damaged',
    damaged:
      '{n, plural, one {# stored event is not what its server signed, and no peer had an intact copy.} other {# stored events are not what their servers signed, and no peer had intact copies.}} The disk or its memory may be failing.',
    damaged_fix:
      'Make a backup to another disk now, and check this disk. The node asks the peers again at its next check.',
    unconfirmed_title: 'Confirm which peers you trust',
    unconfirmed:
      '{n, plural, one {How much you trust # peer comes} other {How much you trust # peers comes}} from the backup. What you decided since the backup is lost: a peer that you blocked after it was made is allowed again.',
    unconfirmed_fix: 'Check the list in Server, Keys and backup, or with “recovery”. Then confirm it.',
    router_title: 'The router did not forward the port automatically',
    not_listening_title: 'Not listening for peers',
    not_listening_fix:
      'Stop the other program, or choose another port in Server, Network. This server retries automatically.',
    certificate_expired_title: 'The certificate has expired',
    certificate_expired: 'Peers refuse to connect.',
    certificate_expired_fix: 'Renew it. The node picks up the new one automatically.',
    certificate_problem_title: 'The certificate needs your attention',
    stand_in_title: 'The certificate is self-signed for now',
    proxy_title: 'Nobody can connect until a proxy is in front',
    proxy:
      'TLS is off here, and the public address begins with https. So far, no peer has connected through a proxy.',
    proxy_fix: 'Put a proxy in front that handles TLS, or choose a certificate in Server, Network.',
    port_title: 'Friends still call the old port',
    port: 'They call {url}, and this server listens on another port.',
    port_fix:
      'Change the public address in Server, Network, or forward that port in your router to the port of this server.',
    offline_title: 'This computer is offline',
    offline: 'This computer has no network connection. Your messages wait.',
    offline_fix: 'Check its network: cable, Wi-Fi, router. What waits is sent as soon as it is back.',
    no_address_title: 'No public address',
    no_address: 'Peers cannot call this server, so it fetches its events from them instead.',
    no_address_fix: 'Set the public address in Server, Network, or keep fetching.',
    not_reachable_title: 'Peers cannot reach this server',
    not_reachable: '{by} tried {url} and could not reach it. {why}',
    not_reachable_fix: 'Check the router’s port forwarding and the firewall for that port, then test again.',

    peer_unreachable_title: '{name} cannot be reached',
    peer_unreachable_fix: 'Check {name} step by step, or tell its owner.',
    peer_silent_title: '{name} is silent',
    peer_silent_fix:
      'If you did not expect this, check {name} step by step, or ask its owner whether the server is running.',
    peer_refuses_title: '{name} rejects this server',
    peer_refuses_fix: 'Its owner must allow this server there.',
    queue_unread_title: 'What {name} has queued for you cannot be fetched',
    queue_unread: 'This server tried to fetch what {name} has queued for it. {why}',
    queue_unread_fix: 'Messages may not arrive here. Tell the owner of {name}. This server keeps retrying.',
    room_share_full_title: '{name} has filled its share of “{room}”',
    room_share_full:
      '{name} has sent {gigabytes} GB of this room, which is as much as this server stores from one server. What else it sends is not stored, so messages are missing here.',
    room_share_full_fix:
      'Limit how much of the room is kept. If {name} floods you, block it or leave the room.',
    room_unread_title: '“{room}” cannot be read',
    room_unread: 'This server tried to read the room on {name}. {why}',
    room_unread_fix: 'Messages from there may not arrive here. Check {name} step by step, or tell its owner.',
    peer_key_title: 'The key of {name} has expired',
    peer_key_fix:
      'Ask its owner whether the key is still in use. If so, keep trusting it on the page of the peer, or run: paracord-node peers extend-keys {name}',
    peer_clock_title: 'The clock of {name} is wrong',
    peer_clock: 'It is {span} {side, select, ahead {ahead of} other {behind}} the clock of this computer.',
    address_none_title: '{name} still knows an address of this server',
    address_none:
      'This server cannot tell it that the address is gone. Nothing is lost: this server fetches its events from there.',
    address_none_fix:
      'If the failed attempts bother its owner, ask them to remove the address of this server.',
    address_by_hand_title: '{name} does not know the new address of this server',
    address_by_hand: 'This server cannot report its new address to it.',
    address_by_hand_fix: 'Ask its owner to change the address of this server there to {url}.',
    address_untold_title: '{name} does not know the new address of this server yet',
    address_untold:
      'This server has not been able to report its new address to it so far. It retries every five minutes, and as soon as the peer makes contact.',
    address_untold_fix:
      'If this does not change, ask its owner to change the address of this server there to {url}.',
    peer_forgets_title: '{name} may forget this server soon',
    peer_forgets:
      'If its admin added this server with “discover”, the key of this server ends there around {at, date, long}. Then it refuses everything.',
    peer_forgets_fix:
      'Ask its admin to send the request on the page of {name} (or from “paracord-node peers show {name}”) once. It pins the key, which then never expires there. If its admin sent that request already, you need not do anything.',
    peer_updated_title: '{name} was updated',
    peer_updated:
      '{name} now runs Paracord 1.0 or newer, and this server speaks to it accordingly. This works now: it sends its new messages by itself, and nobody can reuse a request that was meant for it. From 3.0 on, its users also see what your users write in its guilds.',
    peer_went_back_title: '{name} went back to an older version',
    peer_went_back:
      '{name} accepts only requests that don’t say for whom they are, as Paracord before 1.0 did. It could pass on such a request to another server.',
    peer_went_back_fix: 'Ask the owner of {name} whether the older version was installed on purpose.',
    held_title: 'Events from {name} need your decision',
    held: '{n, plural, one {# event from {name} is} other {# events from {name} are}} held until you decide.',
    held_fix: 'Release or discard them on the page of {name}.',
  },
  health: {
    unanswered: '{name} isn’t answering. Your messages wait.',
    unreachable: '{n, plural, one {# server isn’t} other {# servers aren’t}} answering. Your messages wait.',
    refuses: '{n, plural, one {# peer rejects} other {# peers reject}} what this server sends.',
    key_expired: '{n, plural, one {The key of # peer has} other {The keys of # peers have}} expired.',
    connected: 'Federating with {n, plural, one {# peer} other {# peers}}.',
    silent: '{n, plural, one {# peer is} other {# peers are}} silent.',
    waiting: 'Running. {n, plural, one {# peer has} other {# peers have}} not made contact yet.',
    no_peers: 'Running. No peers yet. Add one to federate.',
    none_connected: 'Running. No peer is connected.',
  },
  check: {
    aborted: 'The test could not be completed: {detail}',
    aborted_fix:
      'Test again. If this happens again, this is a bug in Paracord Node: report it with the text above.',
    earlier_failed: 'Not tested: an earlier step failed.',
    no_address: 'Not tested: no address of it is known.',
    no_address_fix:
      'Set its address under “Address” on its page, or run: paracord-node peers add ADDRESS. If it has none, you need not do anything: it fetches its events itself.',
    is_address: '{host} is an IP address, so there is no name to look up.',
    name_found: 'The name {host} can be resolved.',
    plain_http:
      'Not tested: its address is plain HTTP, which has no certificate. Use plain HTTP only for tests and in networks that are already secure.',
    no_answer: '{url} could not be read. {why}',
    other_server: 'It identifies itself as {found}, not as {name}.',
    other_domain:
      'It says that its domain is {found}, but {name} was added with {domain}. If its owner really changed it, add the peer again.',
    same_server: 'It identifies itself as {name}.',
    hides_page:
      'Not tested: it hides its page (allow_discovery is off there). Its keys say that it federates.',
    federation_off: 'It says that its federation is turned off.',
    federation_off_fix: 'Its owner has to turn it on.',
    other_key: 'The key {key} differs from the pinned one.',
    keys_match:
      '{n, plural, one {It publishes # key, which matches the pinned ones.} other {It publishes # keys, which match the pinned ones.}}',
    knows_us:
      'It knows this server and accepts its signature. If messages still do not arrive, ask its owner to run the same check for your server.',
    clocks_disagree: 'It rejects the signature of this server because the clocks disagree. {text}',
    no_reading: 'It does not let this server read. {why}',

    fix_name: 'Check the spelling of the host name. If it is correct, its owner should check the DNS record.',
    fix_address: 'Ask its owner for an address at which the server can be reached.',
    fix_tcp:
      'Ask its owner whether the server is running, and whether its router and firewall let this port through.',
    fix_tls:
      'Ask its owner whether TLS is on at that port. A proxy or another program may be answering there instead.',
    fix_well_known:
      'Something answers at this address, but not this server. Its proxy may point elsewhere, or the address may belong to another server.',
    fix_keys:
      'Ask its owner whether the proxy passes on everything below /_paracord/federation/, then check again.',
    fix_clock: 'Set the clocks of both computers by network time (NTP), then check again.',
    fix_signed_read: 'Its owner has not added your server yet, or has blocked it. Send them your address.',
    fix_addressed:
      'It doesn’t know this server, no longer trusts its key, or has another name than {as}. Ask its admin to send the request on its page (or from “paracord-node peers show {name}”). Its log names the reason: destination binding mismatch, not trusted, or key not registered or expired.',
    fix_key_ended:
      'It knew this server before. If its admin added this server with “discover”, that lasted 30 days. Ask them to send the request on its page (or from “paracord-node peers show {name}”) once, and it stays.',
    fix_later: 'Check again later. If this does not change, its owner should look at the log of the server.',
    fix_key_changed:
      'Its key changed without notice. Ask its owner, by phone for example. Only if they started over: forget the peer, and add it again.',

    leads_nowhere: '{host} has no address.',
    leads_nowhere_fix: 'Its owner should check its DNS record (A, or AAAA for IPv6).',
    address_kind:
      '{address} ({kind, select, none {not a callable address} loopback {this computer} shared {a shared address, as used by providers and VPNs} private {a private address} other {a public address}})',
    address_is: 'Its address is {list}.',
    leads_to: '{host} resolves to {list}.',
    private_theirs:
      '{text} This server does not call it: only you can enter such an address, and this one came from the peer.',
    private_theirs_fix:
      'If it is in your own network, set it yourself: under “Address” on its page, or with paracord-node peers add ADDRESS.',
    private_ours:
      '{text} You entered it, so this server calls it. It works only {where, select, here {on this computer} other {within that network}}.',
  },
  self: {
    no_name: 'This server has no name yet.',
    identity: 'This server is {name} and has a signing key.',
    clock_unknown: 'Not tested: no peer has reported its time yet.',
    clock_ok: 'The clock of this computer agrees with the clocks of the peers.',
    no_public_address: 'Not tested: no public address is set, so peers cannot call this server.',
    nobody_asked: 'Not tested: there is no peer that knows this address and could be asked to call it.',
    reached: '{by} called back and reached this server.',
    not_reached: '{by} called back, but did not reach this server. {why}',
    not_reached_fix:
      'Check that port {port} of {host} leads here: check the router’s port forwarding, the firewall and the proxy.',
    is_address: '{host} is an IP address.',
    name_leads: '{host} resolves to {list}.',
    name_fix:
      'Create an A record (or AAAA for IPv6) for {host} where you manage its domain, with the public address of this network.',
    no_listener: 'Not tested: this node has no listener.',
    from_here: '{text} Tested from this computer.',
    listener_fix: 'Restart the node. If this does not help, choose another port in Server, Network.',
    no_tls: 'Not tested: TLS is off here, so a proxy in front must present the certificate.',
    tls_fix: 'Choose another way to get a certificate in Server, Network.',
    refused_certificate: '{url} presents a certificate that peers refuse. {why}',
    refused_tls_fix:
      'If a proxy in front presents that certificate, turn TLS off in Server, Network (or start with --tls off), or let the proxy pass TLS through. If there is no proxy, the address leads to another server.',
    refused_proxy_fix:
      'Let the proxy present a certificate for {host} from an authority that computers trust.',
    not_tested: 'Not tested. {why}',
    cannot_tell:
      'This cannot be tested from here. {why} Many routers do not let a computer call its own public address. Peers can tell.',
    answers: '{url} answers as {name}.',
    answers_other: '{url} answers as {name}, not as this server.',
    answers_other_fix: 'The address, the router or the proxy leads to another server. Correct it.',
    answers_else_fix: 'Something else answers at that address. Check the proxy and its paths.',
  },
} as const;
