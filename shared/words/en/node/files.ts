/** Why a file can't be uploaded, sent or read. */
export const files = {
  file: {
    too_large:
      'This file has {size, number} MB. A file can have at most {max, number} MB. Make it smaller, or share it another way.',
    person_full:
      'Your files would take {needed, number} MB, and each person here has {max, number} MB. Delete messages with files that you no longer need.',
    all_full:
      'The files on this server would take more than {max, number} MB. Ask its owner, or delete messages with files that nobody needs any more.',
    disk_full:
      'The disk of this server is nearly full: only {free, number} MB are free. Its owner has to make space before files can be uploaded.',
    many_uploads: 'You have {max, number} files that aren’t sent yet. Send or cancel them first.',
    no_upload:
      'There is no upload {upload}. It was canceled or is too old, or the server was restarted. Upload the file again.',
    other_offset: 'The next byte of this upload is number {received, number}. Continue there.',
    too_many_bytes: 'More bytes came than the {size, number} that were announced for this file.',
    taken_over: 'Another request continues this upload.',
    unfinished: 'The file {name} isn’t completely uploaded yet. Wait until it is.',
    nothing_said: 'A message needs a text or a file.',
    none: 'This message has no such file.',
    no_picture:
      'This isn’t a picture that can stand for somebody. Choose a PNG, JPEG or WebP of at most 1024 × 1024 pixels and 64 KiB.',
    no_such_picture: 'Nobody whom you meet shows this picture, or it isn’t one.',
    only_named:
      '{server} names this file, but doesn’t say how to fetch it. Ask the author to send it another way.',
    too_large_there: 'This file has more than {max, number} MB, so this server doesn’t fetch it.',
    nobody:
      'This file isn’t here yet, and no server that could have it answers right now. It is on {server}. Try again when that server is online.',
    lost: '{server} doesn’t have this file any more, and neither does another server that answers. Ask the author to send it again.',
    other:
      '{server} sent something else than the file that this message names. Your server kept nothing of it. Ask the author to send it again.',
    no_space: 'There is no space for this file on this server. Ask its owner.',
    bad_range: 'The file has {size, number} bytes, and the requested range isn’t within them.',
    many_reads: '{server} is fetching too many files at once. Retry in {seconds} s.',
    not_here: 'No message in this room names such a file, or it isn’t here.',
    not_yours: 'No message names such a file of this server in a room that this user is in.',
    no_link: 'This link is for another server or another file, or it has expired.',
  },
} as const;
