/** People who log in, and the links that let them in. */
export const people = {
  entrance: {
    tailscale_next:
      'Everyone who logs in here has to be in your Tailscale network. A free name works for everybody.',
    ip_next: 'Passkeys never work at an IP address. Get a free name, or use a domain of your own.',
    self_signed_next:
      'Browsers warn, and phones neither install the app nor get push messages. Get a free name, or use a domain of your own.',
    this_computer: 'this computer',
    home_address: 'It leads here at home, also without the internet.',
    hairpin_address: 'It leads here at home, as long as your router has this address.',
    local_name:
      '{host} leads here at home. It also does without the internet if your router or DNS server at home answers for it.',
    home_name:
      '{host} leads here at home. Without the internet it can’t be looked up: to have it then, let your router or DNS server at home answer {host} with {at}.',
    hairpin:
      '{host} leads here at home, by way of your router. Without the internet it can’t be looked up: to have it then, let your router or DNS server at home answer {host} with {at}.',
    no_hairpin:
      '{host} leads to your router, and nobody answers there from inside your network. Many routers don’t lead their own network back (“hairpin”, “NAT loopback”); a closed port looks the same.',
    no_hairpin_fix:
      'Turn that on in the router, or let your router or DNS server at home answer {host} with {at}. If people elsewhere can’t log in either, open the port.',
    silent: 'Nobody answers at {host} ({list}).',
    silent_fix: 'Check the port in the address, the router and the firewall.',
    not_resolved: '{host} can’t be looked up here.',
    not_resolved_fix:
      'Check its DNS record and the internet connection. Without the internet it works at home if your router or DNS server at home answers {host} with {at}.',
    not_resolved_kept_fix:
      'A new name takes a few minutes. If it has the address in the home network, your router may filter it (“DNS rebind protection”): add {host} as an exception there, or let your router answer it with {at}.',
    another_server: 'Something else answers at {host}, perhaps your router.',
    answer_fix: 'Let your router or DNS server at home answer {host} with {at}.',
    refused_certificate: 'The certificate at {host} isn’t trusted here, so browsers warn.',
    refused_certificate_fix:
      'If it is new, wait until Server, Network shows it. Otherwise get one there that browsers trust.',
  },
  people: {
    logged_out: 'You are logged out. Log in again.',
    wrong: 'The name or the password is wrong.',
    wrong_password: 'The current password is wrong.',
    owner: 'The owner’s account can’t be changed this way.',
    unknown: '{user} has no account on this server. Invite them with a link.',
    no_device: 'No device {id} is logged in.',
    busy: 'Too many people are logging in right now. Try again in a few seconds.',
    too_many_links: 'There are already {max, number} open links. Revoke one that is no longer needed.',
    no_account: 'You have no password yet. Create a link for yourself first: paracord-node people reset.',
    no_link: 'There is no link {id}, or it doesn’t work any more.',
    link_over: 'This link doesn’t work any more. Ask for a new one.',
    too_many: 'This server already has {max, number} people.',
    device_refused: 'The other device refused this one.',
    passkey_refused: 'This passkey doesn’t fit what was asked for. Try again.',
    passkey_unknown: 'This passkey opens no account here. Log in with your password, or ask for a new link.',
    passkey_late: 'That took too long, or was tried twice. Try again.',
    too_many_passkeys: 'You already have {max, number} passkeys. Remove one first.',
    no_passkey: 'You have no such passkey.',
    no_passkeys_here: 'Passkeys don’t work at {host}. They need a host name of this server.',
    no_secret: 'Choose a password, or make a passkey.',
    closed: 'Nobody could open the link, because people can’t log in here yet. Turn on “People can log in”.',
    not_encrypted:
      'Nobody could open the link, because your server has no encrypted address (https://). Set one as your public address under Server, Network, or get a free name there.',
    not_reached:
      'Nobody could open the link, because your server has no address that other computers reach. Set a public address under Server, Network, or get a free name there.',
    foreign_host: 'This server can’t be used at “{host}”. Use the address that you got with your link.',
    foreign_page: 'This request didn’t come from a page of this server, so it isn’t accepted.',
    plain: 'Logging in needs a secure connection (https).',
    too_fast: 'Too many requests. Retry in {seconds, plural, one {# second} other {# seconds}}.',
    other_build: 'This server was updated. Load the page again.',
    push_here: 'Only a browser that is logged in can be notified.',
    push_keys: 'The keys of the device can’t be used to encrypt messages for it.',
    push_off: 'Notifications are off on this device. Turn them on there first.',
    push_gone:
      'The push service no longer knows this device: the app was removed, its data was deleted, or it wasn’t used for long. Open the app there and turn notifications on again.',
    push_refused:
      'The push service {service} refused the message (status {status, number}). Turn notifications off and on again on the device.',
    push_busy:
      'The push service {service} asked to wait. The next try is in {seconds, plural, one {# second} other {# seconds}}.',
    push_failing:
      'The push service {service} answered with status {status, number}. Your server retries a few times.',
    push_unreachable: 'This server couldn’t reach the push service {service}: {error}',
    push_late: 'The push service {service} couldn’t be reached in time.',
    push_wait:
      'A test of this device is under way. Retry in {seconds, plural, one {# second} other {# seconds}}.',
    full: 'This server is busy. Retry in a second.',
  },
  consent: {
    asked: 'A guardian has to allow this first, and was asked.',
    room: 'You can’t write in this room until a guardian allows it.',
    people: 'Somebody new is in this room. You can write in it again when a guardian has confirmed them.',
    closed: 'This room is closed to you until a guardian allows it, or confirms somebody new in it.',
    contact: 'A guardian has to confirm {user} first.',
    guest: 'Guests are only in the rooms of their link.',
    too_many: 'Too much is waiting for your guardian already.',
    no_ask: '{user} isn’t waiting for an answer about {room}.',
  },
} as const;
