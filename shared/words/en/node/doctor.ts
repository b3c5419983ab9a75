/** Says what is wrong and what to do about it: findings, the sentence of health, the tests step by step. */
export const doctor = {
  finding: {
    not_set_up_title: 'No name yet',
    not_set_up: 'Your server has no name yet. Set it up first.',
    not_set_up_fix: 'Choose a name in the setup wizard, or run: paracord-node setup NAME',
    identity_missing_title: 'The identity of your server is missing',
    identity_missing_fix:
      'Recover it with the recovery file, or copy identity.json back while your server is stopped.',
    paused_title: 'Paused',
    paused:
      'You paused federation. Your server sends and receives nothing until you resume. Peers keep what they have for you.',
    paused_fix: 'Resume federation when you are ready.',
    key_expired_title: 'The signing key has expired',
    key_expired: 'The signing key has expired and wasn’t renewed automatically.',
    key_expires_title: 'The signing key expires soon',
    key_expires:
      'The signing key is valid for {n, plural, one {# more day} other {# more days}} and wasn’t renewed automatically.',
    key_fix: 'Rotate the keys in Server, Keys and backup.',
    dead_letters_title: 'Some events couldn’t be delivered',
    dead_letters:
      '{n, plural, one {# event} other {# events}} couldn’t be delivered. {n, plural, one {It waits} other {They wait}} for your decision.',
    dead_letters_fix: 'Send them again or give up, under Server, Deliveries.',
    no_recovery_title: 'No recovery file saved',
    no_recovery: 'Without a recovery file, you lose the name of your server for good if the disk fails.',
    no_recovery_fix: 'Save the recovery file in Server, Keys and backup.',
    old_recovery_title: 'No recovery file has your new friends',
    old_recovery:
      '{n, plural, one {# friend} other {# friends}} came after your recovery file was saved: {names}. Opened on another computer, the file finds only those from before.',
    old_recovery_fix: 'Save it again in Server, Keys and backup.',
    started_over_title: '{name} may have started over',
    started_over:
      'Somebody answered your invite as {name}, with a key that your server doesn’t know. Nothing has changed yet.',
    started_over_fix: 'Ask your friend, then decide under People.',
    two_nodes_title: 'Another computer is using your server’s identity',
    two_nodes:
      '{server} sent the event {event}. It is signed with your server’s key, but your server didn’t write it. Either your server runs a second time from a copy of the data folder, or this disk was set back to an earlier state, or someone else has your key.',
    two_nodes_fix:
      'Find the second one and stop one of the two. If you restored a snapshot of the disk, run “recovery start”. If neither is the case, rotate your key.',
    two_texts_title: '{server} signed two texts with one ID',
    two_texts:
      'Both have the ID {event}. Some servers in the room have one and some the other, so people there don’t all see the same.',
    two_texts_fix:
      'Your server keeps the one that came first. Ask the owner of {server}: with unchanged software this happens only if two nodes use its key. If it was on purpose, block {server}.',
    damaged_title: 'Stored events are damaged',
    damaged:
      '{n, plural, one {# stored event isn’t what its server signed, and no peer had an intact copy.} other {# stored events aren’t what their servers signed, and no peer had intact copies.}} The disk or its memory may be failing.',
    damaged_fix:
      'Make a backup to another disk now, and check this disk. Your server asks the peers again at its next check.',
    unconfirmed_title: 'Check your list of trusted servers',
    unconfirmed:
      'Your list of trusted servers comes from a backup or recovery file ({n, plural, one {# server} other {# servers}}). What you decided after that is gone.',
    unconfirmed_fix: 'Check it under Server, Keys and backup, or with “recovery”. Then confirm it.',
    router_title: 'The router didn’t open the port by itself',
    not_listening_title: 'Nobody can connect to your server',
    not_listening_fix:
      'Stop the other program, or choose another port in Server, Network. Your server retries automatically.',
    certificate_expired_title: 'The certificate has expired',
    certificate_expired: 'Peers refuse to connect.',
    certificate_expired_fix: 'Renew it. Your server picks up the new one automatically.',
    certificate_problem_title: 'The certificate needs your attention',
    stand_in_title: 'The certificate is self-signed for now',
    proxy_title: 'Nobody can connect until a proxy is in front',
    proxy:
      'TLS is off here, and the public address begins with https. So far, no peer has connected through a proxy.',
    proxy_fix: 'Put a proxy in front that handles TLS, or choose a certificate in Server, Network.',
    port_title: 'Friends still call the old port',
    port: 'They call {url}, and your server is on another port.',
    port_fix:
      'Change the public address in Server, Network, or forward that port in your router to the port of your server.',
    offline_title: 'This computer is offline',
    offline: 'This computer has no network connection. Your messages wait.',
    offline_fix: 'Check its network: cable, Wi-Fi, router. What waits is sent as soon as it is back.',
    name_title: 'The address of {name} may be out of date',
    name_fix:
      'Your server retries every hour. If you have another token or key, enter it in Server, Network.',
    entrance_title: 'At home, {url} doesn’t open your server',
    no_address_title: 'No public address',
    no_address:
      'From outside your network, friends can’t connect to your server, so it collects their messages itself.',
    no_address_fix: 'Set the public address in Server, Network, or leave it like that.',
    not_reachable_title: 'Friends can’t reach your server',
    not_reachable: '{by} tried {url} and couldn’t reach it. {why}',
    not_reachable_fix: 'Check the router’s port forwarding and the firewall for that port, then check again.',

    peer_unreachable_title: '{name} can’t be reached',
    peer_unreachable_fix: 'Check {name} step by step, or tell its owner.',
    peer_certificate_title: 'Your server doesn’t accept the certificate of {name}',
    peer_certificate:
      'Something answers at its address, but not with a certificate that your server accepts for {name}. So it is sent nothing, and your messages wait.',
    peer_silent_title: '{name} isn’t answering',
    peer_silent_fix:
      'If you didn’t expect this, check {name} step by step, or ask its owner whether the server is running.',
    peer_refuses_title: '{name} refuses your server',
    peer_refuses_fix: 'Its owner has to allow your server there.',
    queue_unread_title: 'What {name} has queued for you can’t be fetched',
    queue_unread: 'Your server tried to fetch what {name} has queued for it. {why}',
    queue_unread_fix: 'Messages may not arrive here. Tell the owner of {name}. Your server keeps retrying.',
    room_share_full_title: '{name} has filled its share of “{room}”',
    room_share_full:
      '{name} has sent {gigabytes} GB of this room, which is as much as your server stores from one server. What else it sends isn’t stored, so messages are missing here.',
    room_share_full_fix:
      'Limit how much of the room is kept. If {name} floods you, block it or leave the room.',
    room_unread_title: '“{room}” can’t be read',
    room_unread: 'Your server tried to read the room on {name}. {why}',
    room_unread_fix: 'Messages from there may not arrive here. Check {name} step by step, or tell its owner.',
    peer_key_title: 'The key of {name} has expired',
    peer_key_fix:
      'Ask its owner whether the key is still in use. If so, keep trusting it on the page of the peer, or run: paracord-node peers extend-keys {server}',
    peer_clock_title: 'The clock of {name} and that of this computer differ',
    peer_clock: 'It is {span} {side, select, ahead {ahead of} other {behind}} the clock of this computer.',
    address_none_title: '{name} still knows an address of your server',
    address_none:
      'Your server can’t tell it that the address is gone. Nothing is lost: your server fetches its events from there.',
    address_none_fix:
      'If the failed attempts bother its owner, ask them to remove the address of your server.',
    address_by_hand_title: '{name} doesn’t know the new address of your server',
    address_by_hand: 'Your server can’t report its new address to it.',
    address_by_hand_fix: 'Ask its owner to change the address of your server there to {url}.',
    address_untold_title: '{name} doesn’t know the new address of your server yet',
    address_untold:
      'Your server hasn’t been able to report its new address to it so far. It retries every five minutes, and as soon as the peer makes contact.',
    address_untold_fix:
      'If this doesn’t change, ask its owner to change the address of your server there to {url}.',
    peer_forgets_title: '{name} may forget your server soon',
    peer_forgets:
      'If its admin added your server with “discover”, the key of your server ends there around {at, date, long}. Then it refuses everything.',
    peer_forgets_fix:
      'Ask its admin to send the request on the page of {name} (or from “paracord-node peers show {server}”) once. It pins the key, which then never expires there. If its admin did that already, there is nothing to do.',
    peer_updated_title: '{name} was updated',
    peer_updated:
      '{name} now runs Paracord 1.0 or newer, and your server speaks to it accordingly. This works now: it sends its new messages by itself, and nobody can reuse a request that was meant for it. From 3.0 on, its users also see what your users write in its guilds.',
    peer_went_back_title: '{name} went back to an older version',
    peer_went_back:
      '{name} accepts only requests that don’t say for whom they are, as Paracord before 1.0 did. It could pass on such a request to another server.',
    peer_went_back_fix: 'Ask the owner of {name} whether the older version was installed on purpose.',
    held_title: 'Messages from {name} wait for your approval',
    held: '{n, plural, one {# message from {name} waits} other {# messages from {name} wait}} until you decide.',
    held_fix: 'Release or discard them on the page of {name}.',
  },
  health: {
    unanswered: '{name} isn’t answering. Your messages wait.',
    unreachable: '{n, plural, one {# server isn’t} other {# servers aren’t}} answering. Your messages wait.',
    refuses: '{n, plural, one {# server refuses} other {# servers refuse}} what yours sends.',
    certificate:
      '{n, plural, one {Your server doesn’t accept the certificate of {name}} other {Your server doesn’t accept the certificates of # servers}}. Your messages wait.',
    key_expired: '{n, plural, one {The key of # server has} other {The keys of # servers have}} expired.',
    held: '{n, plural, one {Messages from {name} wait} other {Messages from # servers wait}} for your approval.',
    connected: 'Connected to {n, plural, one {# server} other {# servers}}.',
    silent: '{n, plural, one {# server isn’t} other {# servers aren’t}} answering.',
    waiting:
      'Your server is running. {n, plural, one {# other server hasn’t} other {# other servers haven’t}} made contact yet.',
    no_peers: 'Your server is running. Invite a friend to start.',
    none_connected: 'Your server is running. No other server is connected.',
  },
  check: {
    aborted: 'The test couldn’t be completed: {detail}',
    aborted_fix:
      'Test again. If this happens again, this is a bug in Paracord Node: report it with the text above.',
    earlier_failed: 'Not tested: an earlier step failed.',
    no_address: 'Not tested: no address of it is known.',
    no_address_fix:
      'Set its address under “Address” on its page, or run: paracord-node peers add ADDRESS. If it has none, there is nothing to do: it collects its messages itself.',
    is_address: '{host} is an IP address, so there is no name to look up.',
    name_found: 'The name {host} can be resolved.',
    plain_http:
      'Not tested: its address is plain HTTP, which has no certificate. Use plain HTTP only for tests and in networks that are already secure.',
    no_answer: '{url} couldn’t be read. {why}',
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
      'It knows your server and accepts its signature. If messages still don’t arrive, ask its owner to run the same check for your server.',
    clocks_disagree: 'It rejects the signature of your server because the clocks disagree. {text}',
    no_reading: 'It doesn’t let your server read. {why}',

    fix_name: 'Check the spelling of the host name. If it is correct, its owner should check the DNS record.',
    fix_address: 'Ask its owner for an address at which the server can be reached.',
    fix_tcp:
      'Ask its owner whether the server is running, and whether its router and firewall let this port through.',
    fix_tls:
      'Ask its owner whether TLS is on at that port. A proxy or another program may be answering there instead.',
    fix_well_known:
      'Something answers at this address, but not your server. Its proxy may point elsewhere, or the address may belong to another server.',
    fix_keys:
      'Ask its owner whether the proxy passes on everything below /_paracord/federation/, then check again.',
    fix_clock: 'Turn on “Set time automatically” on both computers, then check again.',
    fix_signed_read: 'Your server isn’t added there yet, or it is blocked. Send its owner your address.',
    fix_addressed:
      'It doesn’t know your server, no longer trusts its key, or has another name than {as}. Ask its admin to send the request on its page (or from “paracord-node peers show {name}”). Its log names the reason: destination binding mismatch, not trusted, or key not registered or expired.',
    fix_key_ended:
      'It knew your server before. If its admin added your server with “discover”, that lasted 30 days. Ask them to send the request on its page (or from “paracord-node peers show {name}”) once, and it stays.',
    fix_later: 'Check again later. If this doesn’t change, its owner should look at the log of the server.',
    fix_key_changed:
      'Its key changed without notice. Ask its owner, by phone for example. Only if they started over: forget the peer, and add it again.',

    leads_nowhere: '{host} has no address.',
    leads_nowhere_fix: 'Its owner should check its DNS record (A, or AAAA for IPv6).',
    address_kind:
      '{address} ({kind, select, none {nobody can connect to it} loopback {this computer} shared {a shared address, as used by providers and VPNs} private {a private address} other {a public address}})',
    address_is: 'Its address is {list}.',
    leads_to: '{host} resolves to {list}.',
    private_theirs:
      '{text} Your server doesn’t use it: only you can enter such an address, and this one came from the peer.',
    private_theirs_fix:
      'If it is in your own network, set it yourself: under “Address” on its page, or with paracord-node peers add ADDRESS.',
    private_ours:
      '{text} It works only {where, select, here {on this computer} other {within that network}}.',
  },
  self: {
    no_name: 'Your server has no name yet.',
    identity: 'Your server is {name} and has a signing key.',
    clock_unknown: 'Not tested: no peer has reported its time yet.',
    clock_ok: 'The clock of this computer agrees with the clocks of the peers.',
    no_public_address: 'Not tested: there is no public address, so friends can’t connect to your server.',
    nobody_asked: 'Not tested: no friend’s server can try it right now.',
    reached: '{by} tried it and reached your server.',
    not_reached: '{by} tried it and didn’t reach your server. {why}',
    not_reached_fix:
      'Check that port {port} of {host} leads here: check the router’s port forwarding, the firewall and the proxy.',
    is_address: '{host} is an IP address.',
    name_leads: '{host} resolves to {list}.',
    name_fix:
      'Create an A record (or AAAA for IPv6) for {host} where you manage its domain, with the public address of this network.',
    no_listener: 'Not tested: no port is open.',
    from_here: '{text} Tested from this computer.',
    listener_fix: 'Restart your server. If this doesn’t help, choose another port in Server, Network.',
    no_tls: 'Not tested: TLS is off here, so a proxy in front must present the certificate.',
    tls_fix: 'Choose another way to get a certificate in Server, Network.',
    refused_certificate: '{url} presents a certificate that peers refuse. {why}',
    refused_tls_fix:
      'If a proxy in front presents that certificate, turn TLS off in Server, Network (or start with --tls off), or let the proxy pass TLS through. If there is no proxy, the address leads to another server.',
    refused_proxy_fix:
      'Let the proxy present a certificate for {host} from an authority that computers trust.',
    not_tested: 'Not tested. {why}',
    cannot_tell:
      'This can’t be tested from here. {why} Many routers don’t let a computer call its own public address. A friend’s server can tell.',
    answers: '{url} answers as {name}.',
    answers_other: '{url} answers as {name}, not as your server.',
    answers_other_fix: 'The address, the router or the proxy leads to another server. Correct it.',
    answers_else_fix: 'Something else answers at that address. Check the proxy and its paths.',
  },
} as const;
