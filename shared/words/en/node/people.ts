/** People who log in, and the links that let them in. */
export const people = {
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
    closed:
      'Nobody could open the link, because people can’t log in here yet. Turn on “People can log in”, and make sure that your server has a public address or TLS.',
    foreign_host: 'This server can’t be used at “{host}”. Use the address that you got with your link.',
    foreign_page: 'This request did not come from a page of this server, so it is not accepted.',
    plain: 'Logging in needs a secure connection (https).',
    too_fast: 'Too many requests. Retry in {seconds, plural, one {# second} other {# seconds}}.',
    full: 'This server is busy. Retry in a second.',
  },
} as const;
