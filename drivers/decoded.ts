/** What decoding a capture gives: an object to print, or why there is none. */
export type Decoded =
  { readonly ok: true; readonly decoded: object } | { readonly ok: false; readonly why: string };
