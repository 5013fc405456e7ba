#!/usr/bin/env node
// As much of OpenClaw as a release has to do with, in a fiftieth of its processor time: it says its version, judges a
// configuration, serves with its own token, has a database in its state, ends in order. Takes the place of openclaw.mjs.
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** @param {string} name */
const environment = (name) => process.env[name] ?? "";

/** @type {unknown} */
const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const { version } = /** @type {{ version: string }} */ (manifest); // OpenClaw's own

/** @param {string} name */
const option = (name) => process.argv[process.argv.indexOf(name) + 1];

/** What is wrong with the configuration; undefined when nothing is. */
function fault() {
  try {
    JSON.parse(readFileSync(environment("OPENCLAW_CONFIG_PATH"), "utf8"));
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function gateway() {
  const refused = fault();
  if (refused !== undefined) {
    console.error(refused);
    process.exit(78);
  }
  const directory = join(environment("OPENCLAW_STATE_DIR"), "state");
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, "small.sqlite"));
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS starts (version TEXT, at INTEGER) STRICT");
  database.prepare("INSERT INTO starts VALUES (?, ?)").run(version, Date.now());

  /** @type {Record<string, object>} */
  const answers = {
    "/healthz": { ok: true, status: "live" },
    "/startupz": { ok: true, status: "started", version },
    "/tools/invoke": { ok: true },
  };
  const server = createServer(({ url = "", headers }, response) => {
    const isAllowed = headers.authorization === `Bearer ${environment("OPENCLAW_GATEWAY_TOKEN")}`;
    const status = answers[url] === undefined ? 404 : url === "/tools/invoke" && !isAllowed ? 401 : 200;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answers[url] ?? {}));
  });
  const address = option("--bind") === "lan" ? "0.0.0.0" : "127.0.0.1";
  server.listen(Number(option("--port")), address, () => {
    console.log("[gateway] ready");
  });
  process.on("SIGTERM", () => {
    database.close();
    process.exit(0);
  });
}

const words = process.argv.slice(2).join(" ");
if (words === "--version") console.log(`OpenClaw ${version} (small)`);
else if (words === "config validate --json") {
  const refused = fault();
  console.log(JSON.stringify(refused === undefined ? { valid: true } : { valid: false, error: { message: refused } }));
  process.exitCode = refused === undefined ? 0 : 1;
} else if (words.startsWith("gateway ")) gateway();
else throw new Error(`the small OpenClaw does not know: ${words}`);
