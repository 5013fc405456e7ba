/** The systemd unit of the local gateway. Pure. */

/** What the unit needs to know. */
export interface SystemdUnit {
  readonly description: string;
  /** Absolute command words; no secret is among them. */
  readonly command: readonly string[];
  readonly dataDirectory: string;
  /** `default.target` for a user's unit, `multi-user.target` for the machine's. */
  readonly wantedBy: "default.target" | "multi-user.target";
}

/** Name of a stack's unit. */
export const systemdUnitName = (stack: string): string => `openclaw-gateway-${stack}.service`;

/** One word of a value: systemd splits at spaces, reads quotes and backslashes, and expands %; systemd.syntax(7). */
const word = (text: string): string => `"${text.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%")}"`;

/** Renders the unit file. */
export const renderSystemdUnit = (unit: SystemdUnit): string => `[Unit]
Description=${unit.description}
After=network.target
RequiresMountsFor=${word(unit.dataDirectory)}
StartLimitIntervalSec=0

[Service]
Type=exec
# The colon switches the expansion of $ off. The shell takes any path; systemd refuses quotes in a program's own.
ExecStart=:/bin/sh -c "exec \\"$@\\"" sh ${unit.command.map(word).join(" ")}
Restart=always
RestartSec=2
RestartSteps=6
RestartMaxDelaySec=60
# OpenClaw exits with 78 when its configuration, state or authentication is wrong: another start cannot mend that.
RestartPreventExitStatus=78
# OpenClaw drains for at most 315 s after SIGTERM and closes within 330 s.
TimeoutStopSec=350
KillMode=mixed
NoNewPrivileges=true
UMask=0077

[Install]
WantedBy=${unit.wantedBy}
`;
