/** Tags of AWS resources. Pure. https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
import { removeCommand, setCommand, shown, type Fault } from "../../config-faults.ts";

const text = (most: number): RegExp => new RegExp(`^[\\p{L}\\p{N} +=._:/@-]{1,${String(most)}}$`, "u");
const [name, value] = [text(128), text(256)];

/** A resource has 50 at most; the program sets three. */
const mostTags = 47;

function fault(tag: string, content: string): Fault | undefined {
  const path = ["tags", tag];
  if (!name.test(tag)) {
    const allowed = "1 to 128 letters, digits, spaces and + - = . _ : / @";
    return { path, got: `the name ${shown(tag, false)}`, allowed, type: removeCommand(path) };
  }
  if (/^aws:/i.test(tag) || ["Name", "managed-by", "openclaw-stack"].includes(tag)) {
    const allowed = "any name but this one: the program or AWS sets it";
    return { path, got: shown(content, false), allowed, type: removeCommand(path) };
  }
  if (value.test(content)) return undefined;
  const allowed = "1 to 256 letters, digits, spaces and + - = . _ : / @";
  return { path, got: shown(content, false), allowed, type: setCommand(path, "some-text") };
}

/** Faults of the tags. */
export function tagFaults(tags: Readonly<Record<string, string>>): Fault[] {
  const faults = Object.entries(tags).flatMap(([tag, content]) => fault(tag, content) ?? []);
  const count = Object.keys(tags).length;
  if (count <= mostTags) return faults;
  const allowed = `${String(mostTags)} tags`;
  return [
    ...faults,
    { path: ["tags"], got: `${String(count)} tags`, allowed, type: removeCommand(["tags", "<name>"]) },
  ];
}
