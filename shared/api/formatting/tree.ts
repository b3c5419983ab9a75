/** The parts of a formatted message. None of them is ever read as HTML. */

export type Inline =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'em' | 'del'; readonly of: readonly Inline[] }
  /** `to` begins with http:// or https://, and may lead nowhere. */
  | { readonly kind: 'link'; readonly of: readonly Inline[]; readonly to: string };

export type Block =
  | { readonly kind: 'paragraph'; readonly of: readonly Inline[] }
  | { readonly kind: 'quote'; readonly of: readonly Block[] }
  | { readonly kind: 'list'; readonly items: readonly Item[] }
  | { readonly kind: 'code'; readonly text: string; readonly language: string };

/** `mark` is the number as it was written, such as “3)”; empty for a bullet. */
export interface Item {
  readonly mark: string;
  readonly of: readonly Block[];
}
