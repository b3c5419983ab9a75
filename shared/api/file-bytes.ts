import { apiPrefix } from './contract/procedure.ts';

/**
 * The addresses of files' bytes: besides the procedures, which are JSON. Anyone who may call `upload` may send the
 * bytes of that upload (PUT, from `offset` on), and anyone who may call `fetchFile` may read the bytes of that file
 * (GET, with ranges).
 */
export const uploadBytesPath = (roomId: string, uploadId: string, offset: number): string =>
  `${apiPrefix}/rooms/${encodeURIComponent(roomId)}/uploads/${encodeURIComponent(uploadId)}/bytes?offset=${offset}`;

/** `isSaved`: the browser saves it, whatever it is. */
export const fileBytesPath = (roomId: string, eventId: string, number: number, isSaved = false): string =>
  `${apiPrefix}/rooms/${encodeURIComponent(roomId)}/messages/${encodeURIComponent(eventId)}/files/${number}/bytes${isSaved ? '?save=1' : ''}`;

/** Anyone who may call `fetchPicture` may read the picture (GET). It never changes, because its address names its hash. */
export const pictureBytesPath = (userId: string, hash: string): string =>
  `${apiPrefix}/people/${encodeURIComponent(userId)}/pictures/${hash}/bytes`;

/** The same for `fetchRoomPicture`. */
export const roomPictureBytesPath = (roomId: string, hash: string): string =>
  `${apiPrefix}/rooms/${encodeURIComponent(roomId)}/pictures/${hash}/bytes`;

/** Bytes of one request of our own pages: small enough to arrive over a slow line before the node gives up on it. */
export const uploadPieceBytes = 1_048_576;
