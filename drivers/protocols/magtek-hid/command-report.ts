/** Sizes of the feature reports that carry commands and answers. */

/** Of a MagneSafe V5 reader: command, length and 58 bytes of data (manual 99875475-10 pp. 7 and 21). */
export const commandBytes = 60;

/** Of a SureSwipe: command, length and 22 bytes of data (99875191 p. 15). */
export const sureSwipeCommandBytes = 24;
