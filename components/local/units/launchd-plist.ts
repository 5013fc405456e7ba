/** The launchd property list of the local gateway. Pure. */

/** What the property list needs to know. */
export interface LaunchdPlist {
  readonly label: string;
  /** Absolute command words; no secret is among them. */
  readonly command: readonly string[];
  readonly workingDirectory: string;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const text = (value: string): string => `<string>${escaped(value)}</string>`;

/**
 * Renders the property list. launchd cannot tell exit codes apart, so it runs our supervisor, which ends with 0 after
 * an exit 78 of OpenClaw and is then left alone; after any other end it is started again.
 */
export const renderLaunchdPlist = (plist: LaunchdPlist): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  ${text(plist.label)}
  <key>ProgramArguments</key>
  <array>
${plist.command.map((word) => `    ${text(word)}`).join("\n")}
  </array>
  <key>WorkingDirectory</key>
  ${text(plist.workingDirectory)}
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>350</integer>
  <key>Umask</key>
  <integer>63</integer>
</dict>
</plist>
`;
