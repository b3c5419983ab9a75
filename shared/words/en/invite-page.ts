/** The page behind an invite link, for people who don’t have Paracord Node yet. Plain sentences: no markup. */
export const invitePage = {
  title: 'Invite to {server}',
  heading: '{server} invites you',
  intro:
    'This is an invite to chat. {server} runs Paracord Node: a small chat server at home, without a company in between. You need one, too. Your servers then pass your messages on.',
  needsScript: 'To read the invite, this page needs JavaScript. Nothing is loaded from anywhere else.',
  looking: 'Reading the invite…',
  toRoom: 'You are invited to the room:',
  noRoom: 'It connects your server with {server}, so that you can share rooms.',
  haveTitle: 'Open the invite',
  open: 'Open in Paracord Node',
  nothing:
    'Nothing happened? Then Paracord Node runs without a window, or on another computer. Copy this text and paste it there under “I was invited” or “Open an invite”.',
  text: 'Invite as text',
  copy: 'Copy',
  copied: 'Copied',
  copyByHand: 'Selected. Copy it yourself.',
  needTitle: 'Get Paracord Node',
  stepsIntro: 'You need a computer that can stay on: Linux, macOS or Windows. A phone can’t run it.',
  stepGet:
    'Get Paracord Node from the person who invited you, or from where they got it. It’s free. With the package file and Node.js 20 or newer, this installs and starts it:',
  stepName: 'Enter your name. Nothing else is needed.',
  stepBack:
    'Open this link again on that computer and choose “Open in Paracord Node”. Or paste the text above.',
  keepTitle: 'On a phone?',
  keep: 'Keep this link, or send it to yourself. The invite works once and is for you alone.',
  until: 'It expires on',
  selfSigned:
    'Your browser warned you, because this server made its own certificate. So the browser can’t tell whether this page really comes from {server}. Paracord Node can: it checks the key in the link. To be safe, copy the whole link from the address bar and paste it there.',
  plain:
    'This page came over a connection that isn’t encrypted, so someone in between could have changed it. Paracord Node checks the key in the link. To be safe, copy the whole link from the address bar and paste it there.',
  damagedTitle: 'This link is incomplete',
  damaged:
    'Part of the link is missing, or something was added to it. Copy the whole link again: it ends with a long string of letters and digits after the #.',
  usedTitle: 'This invite has already been used',
  used: 'An invite works once. If you used it yourself, all is well: open Paracord Node. If not, ask for a new one.',
  revokedTitle: 'This invite was revoked',
  revoked: 'The owner of {server} revoked it. Ask for a new one.',
  expiredTitle: 'This invite has expired',
  expired: 'Ask the owner of {server} for a new one.',
  unknownTitle: 'This server doesn’t know the invite',
  unknown:
    'It may belong to another server, or it was created before this one was set up again. Ask the person who sent it for a new one.',
  offlineTitle: 'The server isn’t answering',
  offline:
    '{server} was here when this page loaded, and can’t be reached any more. Reload the page later. If you have Paracord Node, you can also paste the text below there.',
} as const;
