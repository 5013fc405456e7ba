/**
 * Text as one word of a POSIX shell. Pure.
 *
 * @returns the text itself where no shell would read it otherwise
 */
export const shellQuoted = (text: string): string =>
  /^[\w:./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
