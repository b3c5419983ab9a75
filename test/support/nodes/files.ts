import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Input } from '../../../shared/api/contract.ts';
import {
  fileBytesPath,
  pictureBytesPath,
  roomPictureBytesPath,
  uploadBytesPath,
} from '../../../shared/api/file-bytes.ts';
import { until } from '../until.ts';
import type { ChildNode } from './child-node.ts';
import type { LocalNode } from './local-node.ts';

type Node = Pick<LocalNode, 'api' | 'control' | 'node'> | ChildNode;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Returns the path where a node keeps the file with these bytes, if it has it. */
export function pathIn({ dataDir }: Pick<LocalNode, 'dataDir'>, bytes: Uint8Array): string {
  const hash = sha256(bytes);
  return join(dataDir, 'files', hash.slice(0, 2), hash.slice(2));
}

/** The paths of all files that a node keeps. */
export const filesOf = ({ dataDir }: Pick<LocalNode, 'dataDir'>): string[] =>
  readdirSync(join(dataDir, 'files'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Bytes that begin like a picture, and differ by `seed`. */
export function pictureBytes(seed: string, size = 5_000): Buffer {
  const body = Buffer.alloc(size, seed);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), body]);
}

/** A small picture, by its header: nothing reads more of it. */
export function faceBytes(seed: string, side = 64, size = 2_000): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const begin = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR', 'latin1');
  return Buffer.concat([begin, header, Buffer.alloc(size - begin.length - header.length, seed)]);
}

/** The picture of somebody or of a room, as the owner's console reads it. */
export const getPicture = (node: Node, id: string, bytes: Uint8Array): Promise<Response> => {
  const pathOf = id.startsWith('!') ? roomPictureBytesPath : pictureBytesPath;
  return fetch(node.control + pathOf(id, sha256(bytes)), { headers: bearer(node) });
};

const bearer = (node: Node) => ({ authorization: `Bearer ${'node' in node ? node.node.token : node.token}` });

export const putBytes = (
  node: Node,
  { room_id, upload_id }: { readonly room_id: string; readonly upload_id: string },
  bytes: Uint8Array,
  offset = 0,
): Promise<Response> =>
  fetch(node.control + uploadBytesPath(room_id, upload_id, offset), {
    method: 'PUT',
    headers: bearer(node),
    body: Buffer.from(bytes),
  });

/** The ID of a complete upload. */
export async function uploaded(
  node: Node,
  room_id: string,
  bytes: Uint8Array,
  file: Partial<Input<'startUpload'>> = {},
): Promise<string> {
  const { upload_id } = await node.api.startUpload({ room_id, name: 'cat.png', size: bytes.length, ...file });
  const answer = await putBytes(node, { room_id, upload_id }, bytes);
  if (answer.status !== 200) throw new Error(await answer.text());
  return upload_id;
}

/** Sends a message with one file. Returns the ID of the message. */
export async function postFile(
  node: Node,
  room_id: string,
  bytes: Uint8Array,
  file: Partial<Input<'startUpload'>> = {},
): Promise<string> {
  const uploads = [await uploaded(node, room_id, bytes, file)];
  return (await node.api.postMessage({ room_id, uploads })).event_id;
}

export const getFile = (
  node: Node,
  {
    room_id,
    event_id,
    number = 0,
  }: { readonly room_id: string; readonly event_id: string; readonly number?: number },
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Response> =>
  fetch(node.control + fileBytesPath(room_id, event_id, number), {
    method,
    headers: { ...bearer(node), ...headers },
  });

/** Waits until none of the nodes has the file. */
export const goneFrom = (nodes: readonly LocalNode[], bytes: Uint8Array) =>
  until(nodes, 'the bytes are gone', () => nodes.every((node) => !existsSync(pathIn(node, bytes))));
