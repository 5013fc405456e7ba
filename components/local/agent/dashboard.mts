/** Prints a dashboard link that pairs the browser it is opened in, once: `node dashboard.mts <run directory>`. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { readGatewayCommand } from "./release-file.mts";

const [runDirectory = ""] = process.argv.slice(2);
const command = readGatewayCommand(join(runDirectory, "release.json"));

console.error("asking the gateway for a link …");
let answer: string;
try {
  answer = execFileSync(command.node, [command.entry, "dashboard", "--json"], {
    env: command.environment,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
} catch (error) {
  answer = (error as { stdout?: string }).stdout ?? ""; // execFileSync's error carries what the command printed
}
const start = answer.indexOf("{");
const link = (start < 0 ? {} : JSON.parse(answer.slice(start))) as { browserUrl?: string; reason?: string };
if (link.browserUrl === undefined) {
  console.error(`no dashboard link: ${link.reason ?? "the gateway did not answer"}; is it running? (npm start)`);
  process.exit(1);
}
console.log(`Open this link in your browser; it works once and pairs that browser:\n\n  ${link.browserUrl}\n`);
