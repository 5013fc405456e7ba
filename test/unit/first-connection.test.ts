import { describe, expect, it } from "vitest";
import {
  absentMessage,
  bootProgress,
  cloudInitFault,
  type Way,
} from "../../components/host/first-connection/messages.ts";

const way: Way = {
  host: "198.51.100.9",
  port: 22,
  user: "openclaw-deploy",
  allowedCidrs: ["192.88.99.7/32", "8.8.0.0/16", "2600:db8::/48"],
  ...{ cli: "npm run pulumi --", stack: "prod", rebuild: 3 },
};
const set = "npm run pulumi -- config set --stack prod --path";
const sentence = (ownAddress?: string): string => absentMessage({ ...way, ownAddress }, 300, "no answer");

describe("no SSH", () => {
  it("names the address that is missing, and the command that adds it", () => {
    expect(sentence("1.1.1.1")).toBe(
      `no SSH at 198.51.100.9 port 22 after 300 s: no answer. The firewall lets in openclaw:ssh.allowedCidrs only: 192.88.99.7/32, 8.8.0.0/16, 2600:db8::/48. This machine's address, 1.1.1.1, is not in there. To add it: ${set} 'openclaw:ssh.allowedCidrs[3]' 1.1.1.1/32`,
    );
    expect(sentence("2a01:4f8::1")).toContain("'openclaw:ssh.allowedCidrs[3]' 2a01:4f8::1/128");
  });

  it("says that the firewall is not it, where the address is let in", () => {
    expect(sentence("8.8.4.4")).toContain(
      `This machine's address, 8.8.4.4, is in there. When these ranges changed since the last deployment, the host's own firewall still has the old ones: deploy from one of those. To make the host anew, with the gateway's state: ${set} openclaw:host.rebuild 3`,
    );
    expect(sentence("2600:db8::1")).toContain("This machine's address, 2600:db8::1, is in there.");
  });

  it.each([undefined, "10.1.2.3", "192.168.0.4", "100.64.0.1", "fe80::1", "fd00::1", "127.0.0.1"])(
    "does not guess where %s says nothing about how the internet sees this machine",
    (address) => {
      expect(sentence(address)).toContain(
        `If the address by which the internet sees this machine is not in there, add it: ${set} 'openclaw:ssh.allowedCidrs[3]' <address>/32`,
      );
    },
  );
});

describe("cloud-init's status", () => {
  it("is good when it is done, also with deprecated keys", () => {
    expect(cloudInitFault(way, 0, '{"status":"done"}', "")).toBeUndefined();
    expect(cloudInitFault(way, 2, '{"status":"done"}', "")).toBeUndefined();
  });

  it.each([
    [1, '....\n{"status":"error","errors":["one","two"]}', "", "one\n  two"],
    [1, "status: error", "no datasource", "status: error\nno datasource"],
    [127, "", "bash: cloud-init: command not found", "bash: cloud-init: command not found"],
    [1, "", "", "nothing (exit code 1)"],
  ])("is told as it is: %s %s %s", (code, stdout, stderr, told) => {
    expect(cloudInitFault(way, code, stdout, stderr)).toContain(`cloud-init says:\n  ${told}\n`);
  });
});

it("is not known of a boot whose end the connection did not see", () => {
  expect(cloudInitFault(way, null, "", "the connection ended")).toBe(
    "the connection to 198.51.100.9 ended while the host's first boot was awaited; run the deployment again, which goes on waiting",
  );
});

describe("what cloud-init is doing", () => {
  it.each([
    [
      '{"status":"running","stage":"modules-final"}\nGet:3 http://mirror.example\n',
      "in the stage modules-final; its last words: Get:3 http://mirror.example",
    ],
    ['{"status":"running","detail":"Running in stage: init"}', "in the stage init"],
    ['{"status":"not run","stage":null}\n', "not run"],
    ["", "not answering"],
    ["tail: cannot open", "not answering; its last words: tail: cannot open"],
  ])("%s", (stdout, told) => {
    expect(bootProgress(stdout)).toBe(`cloud-init is ${told}`);
  });
});
