export interface Link {
  /** What the reader sees: the words in the link or, in plain text, before it. */
  text: string;
  url: string;
}

/** Around the description of a picture: a reader sees the picture, not these words. */
export const ALT = { begin: '\uE001', end: '\uE002' };
export const CELL = '\uE000';
