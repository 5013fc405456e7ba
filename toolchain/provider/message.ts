/**
 * The most that a failure's message may take on the wire. It travels in an HTTP/2 header, where it is percent-encoded, and
 * Node refuses to send more than 64 KB of headers: the engine would see a lost connection instead of the reason.
 */
const longestEncodedMessage = 32 * 1024;

/** The message and its details, shortened to what fits: of the details the end is kept, which says why a command failed. */
export function fitting(message: string, details = ""): string {
  // gRPC cannot send half a character, and shortening may leave one.
  return (
    encodedLength(message + details) <= longestEncodedMessage
      ? message + details
      : beginningOf(message, longestEncodedMessage / 2) + endOf(details, longestEncodedMessage / 2 - 200)
  ).toWellFormed();
}

function beginningOf(text: string, room: number): string {
  let kept = text.slice(0, room);
  while (encodedLength(kept) > room) kept = kept.slice(0, Math.floor(kept.length * 0.8));
  return kept === text ? text : `${kept} […]\n`;
}

function endOf(text: string, room: number): string {
  let kept = text.slice(-room);
  while (encodedLength(kept) > room) kept = kept.slice(Math.ceil(kept.length * 0.2));
  return kept === text ? text : `[the first ${text.length - kept.length} characters are left out]\n${kept}`;
}

function encodedLength(text: string): number {
  return encodeURI(text.toWellFormed()).length;
}
