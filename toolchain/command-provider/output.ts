import { StringDecoder } from "node:string_decoder";

/** What a command wrote. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Which of a command's streams the user sees while it runs; absent means both. */
export const loggings = ["stdout", "stderr", "stdoutAndStderr", "none"] as const;

type StreamName = keyof CommandOutput;

/** Keeps a command's output and passes on its lines as they come. */
export interface OutputCollector {
  write(stream: StreamName, chunk: Buffer): void;
  /** Ends the last lines and gives the output without the one line break at its end. */
  finish(): CommandOutput;
  /** Both streams in the order in which they came, for the message of a failure. */
  combined(): string;
}

export function collectOutput(logging: string | undefined, onLine: (line: string) => void): OutputCollector {
  const chunks: { readonly stream: StreamName; readonly chunk: Buffer }[] = [];
  const lines = { stdout: lineSplitter(onLine), stderr: lineSplitter(onLine) };
  const all = (wanted?: StreamName) =>
    Buffer.concat(chunks.filter(({ stream }) => wanted === undefined || stream === wanted).map(({ chunk }) => chunk));

  return {
    write: (stream, chunk) => {
      chunks.push({ stream, chunk });
      if (isLogged(logging, stream)) lines[stream].write(chunk);
    },
    finish: () => {
      lines.stdout.end();
      lines.stderr.end();
      return { stdout: withoutLineBreak(all("stdout")), stderr: withoutLineBreak(all("stderr")) };
    },
    combined: () => all().toString("utf8"),
  };
}

function isLogged(logging: string | undefined, stream: StreamName): boolean {
  return logging === undefined || logging === "stdoutAndStderr" || logging === stream;
}

function withoutLineBreak(bytes: Buffer): string {
  return bytes.toString("utf8").replace(/\n$/, "");
}

/** Splits bytes into lines; a character may be cut by the border between two chunks. */
function lineSplitter(onLine: (line: string) => void) {
  const decoder = new StringDecoder("utf8");
  let rest: string[] = [];
  return {
    write: (chunk: Buffer) => {
      const [first = "", ...following] = decoder.write(chunk).split("\n");
      rest.push(first);
      for (const line of following) {
        onLine(rest.join(""));
        rest = [line];
      }
    },
    end: () => {
      const last = rest.join("") + decoder.end();
      rest = [];
      if (last !== "") onLine(last);
    },
  };
}
