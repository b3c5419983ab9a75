/** The state of a peer, what is wrong with its keys or its address, and why it can’t be added, changed or asked. */
export const peers = {
  peer: {
    blocked: 'You blocked it{why}. Your server sends it nothing and accepts nothing from it.',
    quarantined: 'You quarantined it{why}. What it sends is held for your decision.',
    no_peer: 'Not a peer. You haven’t allowed it.',
    known_through: 'Not a peer. Your server knows it through {server}.',
    because: ' ({reason})',
    no_reason: '',
    refuses: 'It refuses what your server sends.',
    silent: 'No answer.',
    one_way: 'It reaches your server, but your server can’t reach it.',
    not_answered: 'It hasn’t answered for {span}.',
    not_answered_since: 'It hasn’t answered for {span}. Last contact {last} ago.',
    not_heard: 'You added it, but your server hasn’t heard from it yet. Its owner must add your server too.',
    not_added: 'You added it, but its owner hasn’t added your server yet, or has blocked it.',
    addressed_refused:
      'It doesn’t know your server, no longer trusts its key, or has another name than {name}. Ask its admin to send the request on its page here; its log names the reason.',
    key_ended_there:
      'It knew your server, and refuses it now. If its admin added your server with “discover”, that lasted 30 days. Ask them to send the request on its page here once, and it stays.',
    no_longer_accepts: 'It no longer accepts your server. Its owner must allow it there.',
    last_contact: 'Last contact {span} ago.',
    waits_until_asked: 'It can’t be reached from here. What waits for it is kept until it collects it.',
    we_refuse_clock:
      'Your server refuses what it sends: its clock is {span} {side, select, ahead {ahead of} other {behind}} the clock of this computer.',
    connected: 'Connected.',
    connected_fetches: 'Connected. It collects its messages from your server, which can take a few seconds.',
    paused: 'Federation is paused, so your server doesn’t contact it.',
    asks_again: 'Your server tries to contact it every {span}.',
    many_invites:
      '{server} wants to send more than {max} room invites. Accept or decline some of them, and more will arrive. If you don’t want any, block {server}.',
    queue_unread: 'What it has queued for you can’t be fetched. {why}',
    room_unread: '“{room}” can’t be read. {why}',

    refused_allow_first:
      'You have blocked or quarantined {server}. Allow it on its page first, or run: paracord-node peers allow {server}',
    listing_unread:
      '{server} didn’t return its list. It may be offline, or too old to be asked. Try again later.',
    refused_add_first: '{server} isn’t a trusted peer. Add it as a peer first, or send its owner an invite.',
    refused_no_address:
      '{server} is a peer, but your server doesn’t know its address and can’t contact it. A Paracord Node reports its address as soon as it has one: ask its owner to set a public address in Server, Network. Or set it yourself under “Address” on the page of {server}.',
    fix_certificate:
      'Ask its owner whether the certificate was replaced. If so, choose “Look up again” under “Address” on its page, to pin the new key.',
    fix_address_taken:
      '{server} is at its address now. If it is the same person, who started over, forget this server.',
    fix_retry: 'Try again when it is back.',

    key_expired: 'Its key expired on {at, date, long}, so your server accepts nothing from it. {next}',
    key_checking: 'Your server is checking whether the key is still in use.',
    key_off:
      'Extending keys is turned off in your settings. If its owner says that the key is still in use, extend it under “Keys” on its page, or turn the setting on.',
    key_no_address:
      'No address of it is known, so your server can’t check whether the key is still in use. Set its address, or ask its owner to renew the key.',
    key_open_line:
      'Your server reaches it over plain HTTP, where anyone in between could answer in its place. So it doesn’t extend the key automatically. If its owner says that the key is still in use, extend it under “Keys” on its page.',
    key_no_answer:
      'Your server couldn’t read the key at its address, so it can’t tell whether the key is still in use. It retries every 10 minutes.',
    key_not_served:
      'Its address no longer has this key. Ask its owner which key it uses now, then choose “Look up again” under “Address” on its page.',

    own_name: '{server} is your server itself.',
    own_address: 'That address leads to your server itself.',
    other_there: 'The server at that address is {found}, not {name}. Nothing was added.',
    key_not_there:
      '{server} doesn’t publish the key that you named. Nothing was added. Ask its owner for the key and its ID.',
    hides_page:
      'A server at {url} federates, but hides its page (allow_discovery is off there). Its keys are those of {server}. If that is the server you mean, give its name, too: under “It hides its page” in the console, or with paracord-node peers add {url} --name {server}',
    no_keys: '{server} publishes no keys, so nothing it says can be verified.',
    name_taken:
      '{server} says that its domain is {domain}, but {other} already uses one of these names. Nothing was added. If {other} should not use it, forget {other} first.',
    not_found: '{server} wasn’t found. {why} If it is at another address, enter that address.',
    address_needed: 'Enter an address such as https://chat.example:8448, or a server name.',
    past: 'The end must be in the future.',
    keys_where: 'Your server knows no address at which to ask {server} for its keys.',
    keys_gone:
      '{server} no longer has the key that expired, so nothing was extended. Ask its owner which key it uses now, then choose “Look up again” under “Address” on its page.',
    unknown: 'Your server doesn’t know {server}. The list of peers shows the servers that it knows.',

    home_differs:
      '{home} vouched for another key with the ID {key} than {server} itself has. Messages of {server} in rooms of {home} may be forged.',
    homes_differ:
      '{home} and {other} vouch for different keys of {server} with the ID {key}. One of them is wrong. In its own rooms, each is believed.',
    home_changed: '{home} now vouches for another key of {server} with the ID {key} than before.',
    key_differs:
      '{server} now presents a different key with the ID {key}. The pinned key was kept. Ask its owner before you trust the new one.',
    keys_unread: 'The keys of {server} couldn’t be read. {why}',
    key_expired_now:
      'Key {key} of {server} has expired. The peer’s owner can renew it, or you can keep trusting it.',
    key_expired_then: 'Key {key} of {server} had expired when this event was written.',
    keys_unavailable: 'The keys of {server} aren’t known here, and {home} can’t be asked right now.',
    key_unknown: 'Key {key} of {server} isn’t known here.',

    address_bad: '“{typed}” isn’t an address. Enter one such as https://chat.example:8448.',
    address_scheme:
      '{scheme}// isn’t supported. Use https:// (or http:// behind your own proxy and for tests).',
    address_user: 'An address must not contain a user name or a password.',
    address_path:
      'The address contains the path {path}. Enter the host alone: signatures cover the path, so a proxy must not add a prefix.',
    endpoint_bad: 'The server declares “{declared}” as its endpoint, which isn’t an address.',
    endpoint_scheme: 'The server declares an endpoint over {scheme}//, but only https:// is supported.',

    none_pinned: 'The server at {url} has none of the keys that are pinned for {server}.',
    prove_reach_fix:
      '{why} Nothing was changed. Ask its owner whether the address is right and the server is running.',
    prove_other:
      'The server at {url} is {found}, not {server}. Nothing was changed. Check the address with the owner of {server}.',
    prove_key_fix:
      '{why} Nothing was changed. Ask the owner of {server}. If they started over with a new key, forget {server} and add it again.',
    prove_certificate:
      'The certificate at {url} has a different key than the one pinned for {server}. Nothing was changed. Ask its owner, by phone for example. If they have a new certificate, look the server up again at that address: paracord-node peers add {url}',
    federation_off: '{server} says that its federation is turned off.',
    other_keys: '{url} presents the keys of {found}, not those of {server}.',
    call_aborted: 'The connection to {url} was cut short.',
    call_failed: '{url} can’t be reached. {why}',
    call_status: '{url} answers with an error.',
    call_not_found:
      '{url} doesn’t answer like a Paracord server. Is there one, and is its federation turned on?',
    call_garbled: '{url} doesn’t answer like a Paracord server. {why}',
    asks_page: 'It answers with a web page instead of events.',
    asks_status: 'It answers with an error instead of events.',
    asks_garbled: 'It answers with something other than a list of events.',
    asks_endless: 'It keeps promising more, but sends nothing that your server can use.',
    asks_refused: 'It doesn’t let your server read the room.',
    asks_no_address: 'It can’t be reached from here.',
    started_over: 'Somebody answers your invite as {server}, with another key. Look under People.',
    opened_invite: '{name} accepted your invite. You are connected.',
    event_conflict: '{server} sent a different event with the ID {event}. Your server kept the first one.',
  },
  pairing: {
    link_asks: 'This link asks you for an invite. Create one and send it back.',
    link_foreign: 'That isn’t an invite link. Paste the whole message from your friend.',
    link_cut:
      'This invite link is incomplete, or something was added to it. Copy the whole link again, and nothing else.',
    link_newer:
      'A newer version of Paracord Node made this invite. Update your server, then open the link again.',
    link_expired: 'This invite from {server} has expired. Ask your friend for a new one.',
    link_endless:
      'This invite from {server} claims to be valid for more than {days} days, which isn’t allowed. Check the date of this computer. If it is right, ask your friend for a new invite.',
    link_address:
      'The address in this invite from {server} can’t be used. Ask your friend to correct the public address and to send a new invite.',
    link_damaged:
      'A character of this invite link was changed. Copy the whole link again, or ask for a new one.',
    link_not_the_inviter:
      'The server at {host} isn’t the one that made this invite: it doesn’t have the key in the link. Nothing was sent to it. Ask your friend whether the address is right, and for a new invite.',
    link_used:
      'This invite from {server} has already been used. Each invite works once. Ask your friend for a new one.',
    link_used_peer: 'This invite has already been used, and you are connected to {server}.',
    link_revoked: '{server} revoked this invite. Ask your friend for a new one.',
    link_unknown:
      'The server at {host} doesn’t know this invite. It may belong to another server, or it was created before that server was set up again. Ask your friend for a new one.',
    link_unreachable:
      'The server that made this invite, at {host}, can’t be reached right now. {why} Try again later, or ask your friend whether it is running.',
    link_unreachable_home:
      'This invite works only in your friend’s home network, and their server, at {host}, can’t be reached from here. {why} Open the link there, or ask your friend for an invite for “Elsewhere”.',
    link_busy:
      'The server that made this invite, at {host}, answered with status {status}. Try again in a minute.',
    own: 'This invite is from your server. Send it to a friend.',
    none_waiting: 'No accepted invite from {server} is waiting.',
    you_gave_up: 'You stopped waiting for {server}.',
    forgotten: '{server} was forgotten, and its invite was canceled.',
    blocked: 'You have blocked or quarantined {server} since, so its invite was canceled.',
    rival:
      'Another invite from {server}, with a different key, is already waiting. Nothing was changed. Compare both with its owner. If this one is right, cancel the other one first.',
    replaced: 'Another invite from {server} was opened.',
    connected_late: '{server} is now connected. It had been waiting for your server.',
    no_invites: '{server} doesn’t support invites. Its admin must add your server by hand.',
    came_to_nothing: 'The invite from {server} failed. {why}',
    state_connected: 'Connected: {server} and your server trust each other.',
    state_joined: 'Connected: {server} and your server trust each other. You are in “{room}”.',
    state_joining:
      'Connected: {server} and your server trust each other. You join “{room}” as soon as {server} answers.',
    state_not_joined:
      'Connected: {server} and your server trust each other. But you couldn’t join “{room}”. {why}',
    joined_late: 'You are now in “{room}” on {server}.',
    not_joined: 'You couldn’t join “{room}” on {server}. {why}',
    state_waiting:
      'Waiting for {server}, which isn’t answering right now. Your server keeps trying until the invite expires.',
    state_asked:
      '{server} knows your server under an earlier key, and now asks its owner: “Let them in as the same person?” Your server keeps trying until the invite expires.',
    state_kept:
      'The invite couldn’t be checked yet. Your server keeps trying for {days} days, and accepts it as soon as {host} answers. It accepts only the server with the key in the link: {fingerprint}',
    kept_unreachable: '{host} can’t be reached right now. {why} Your server keeps trying.',
    kept_expired:
      'The invite from {host} couldn’t be checked for {days} days, so your server stopped trying. Ask your friend for a new link.',
    state_their_turn:
      '{server} is trusted here, but doesn’t support invites. Its admin must add your server by hand.',
    other_there: 'The server at the address in this invite is {found}, not {server}. Nothing was changed.',
    moved:
      '{server} now declares a different address than this invite does. Nothing was changed. Ask for a new invite.',
    key_differs:
      '{server} doesn’t present the key that signed this invite. Nothing was changed. Ask its owner whether the key was replaced, and for a new invite.',
    certificate_differs:
      'The certificate at the address of {server} isn’t the one in the invite. Nothing was changed. Ask its owner for a new invite.',
    unreachable: '{server} can’t be reached. {why}',
    busy: '{server} can’t handle the request right now.',
    refuses: '{server} refuses the invite. {why}',
    name_taken: '{other} already uses one of the names in this invite.',
    allow_first: 'You have blocked or quarantined {server}. Allow it first, then open the invite again.',
    known_key:
      '{server} is known here with a different key than the one that signed this invite. If its owner says that they started over, let it in as the same server.',
    expiry: 'An invite can be valid for 10 minutes to 30 days.',
    no_address:
      'Friends elsewhere can’t reach this computer yet. Set that up in Server, Network, or ask for an invite from your friend.',
    no_home_address:
      'This computer has no address in a network at home. Connect it to your router, or invite your friend from elsewhere.',
    spent: 'This invite has already been revoked.',
    no_claim: 'No server waits to be let in with this invite.',
    unknown: 'There is no invite with this ID.',
    peer_other_user: 'The user {user} doesn’t belong to {server}.',
    peer_own_name: 'That name belongs to this server.',
    peer_name_taken: '{other} already uses one of these names here.',
    peer_standing: '{server} is {standing, select, blocked {blocked} other {quarantined}} here.',
    peer_known_key:
      '{server} is known here with a different key. If you reinstalled, ask the owner here to choose “Forget” for {server}, then try again.',
    peer_unusable: 'This invite can’t be used. Ask for a new one.',
    peer_no_invite: 'This server has no such invite.',
  },
} as const;
