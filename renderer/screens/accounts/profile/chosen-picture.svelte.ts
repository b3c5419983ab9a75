import { text } from '../../../text/text.ts';
import { wholeCrop } from './crop.ts';
import { smallPicture } from './small-picture.ts';

/** A picture that somebody chose for a person or a room, until it is saved. */
export class ChosenPicture {
  bitmap: ImageBitmap | null = $state.raw(null);
  crop = $state.raw(wholeCrop);
  isRemoved = $state(false);
  problem: string | null = $state(null);

  get isChanged(): boolean {
    return this.bitmap !== null || this.isRemoved;
  }

  /** Forgets what was chosen. `isRemoved`: there should be no picture at all. */
  clear(isRemoved = false): void {
    this.#take(null);
    this.isRemoved = isRemoved;
    this.problem = null;
  }

  async choose(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    try {
      this.#take(await createImageBitmap(file));
      this.isRemoved = false;
      this.problem = null;
    } catch {
      this.problem = text.accounts.profile.notAPicture;
    }
  }

  /** The new picture in Base64; null for none, undefined for no change. */
  async change(): Promise<string | null | undefined> {
    if (this.bitmap !== null) return await smallPicture(this.bitmap, this.crop);
    return this.isRemoved ? null : undefined;
  }

  #take(bitmap: ImageBitmap | null): void {
    this.bitmap?.close();
    this.bitmap = bitmap;
    this.crop = wholeCrop;
  }
}
