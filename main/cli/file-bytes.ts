/** Files of messages between the disk and the running node. */
import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ApiError } from '../../shared/api/client.ts';
import { fileBytesPath, uploadBytesPath } from '../../shared/api/file-bytes.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { usageFailure } from '../start/failure.ts';
import type { RunningNode } from './running-node.ts';

/** Uploads a file. Returns the ID of the upload. */
export async function uploadFile(
  node: RunningNode,
  about: { readonly room_id: string; readonly as?: string },
  path: string,
): Promise<string> {
  const size = await sizeOf(path);
  const { upload_id } = await node.api.startUpload({ ...about, name: basename(path), size });
  const as = about.as === undefined ? '' : `&as=${encodeURIComponent(about.as)}`;
  const target = uploadBytesPath(about.room_id, upload_id, 0) + as;
  await textOf(await node.bytes('PUT', target, createReadStream(path)));
  return upload_id;
}

async function sizeOf(path: string, what = '--file'): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
    throw Object.assign(new Error(), { code: 'EISDIR' });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? '';
    throw usageFailure(({ cli }) => cli.errors.fileNotRead({ what, path, reason }));
  }
}

/** The picture that options name, in Base64; null for none, undefined for no change. */
export const pictureGiven = async ({
  picture,
  removePicture,
}: {
  readonly [name: string]: unknown;
}): Promise<string | null | undefined> =>
  typeof picture === 'string' ? await base64Of(picture) : removePicture === true ? null : undefined;

/** A picture, in Base64. One that is too large isn't read. */
async function base64Of(path: string): Promise<string> {
  const size = await sizeOf(path, '--picture');
  if (size > limits.pictureBytesMax)
    throw usageFailure(({ cli }) => cli.errors.pictureTooLarge({ path, max: limits.pictureBytesMax / 1024 }));
  return await readFile(path, 'base64');
}

/** Saves a file of a message, and never overwrites one. Returns where. */
export async function saveFile(
  node: RunningNode,
  file: { readonly room_id: string; readonly event_id: string; readonly number: number },
  output: string | undefined,
): Promise<{ readonly path: string; readonly size: number }> {
  const { name, size } = await node.api.fetchFile(file);
  const path = resolve(output ?? plainName(name));
  const answer = await node.bytes('GET', fileBytesPath(file.room_id, file.event_id, file.number, true));
  if (answer.statusCode !== 200) await textOf(answer);
  const to = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    answer.destroy();
    throw usageFailure(({ cli: { errors } }) =>
      error.code === 'EEXIST'
        ? errors.fileExists({ path })
        : errors.fileNotWritten({ path, reason: error.message }),
    );
  });
  try {
    await pipeline(answer, to.createWriteStream());
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { path, size };
}

/** Makes a name for a file in this folder that isn't hidden, whatever its sender called it. */
const plainName = (name: string): string => name.replaceAll(/[/\\:]/g, '_').replace(/^\.+/, '') || 'file';

async function textOf(answer: Awaited<ReturnType<RunningNode['bytes']>>): Promise<string> {
  const body = await text(answer);
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status <= 299) return body;
  const { code, message } = JSON.parse(body) as { code: string; message: string };
  throw new ApiError(status, code, message);
}
