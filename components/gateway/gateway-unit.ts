/** The systemd unit that keeps the gateway's container running: the only supervisor. Pure. */

/** Name of the unit. */
export const gatewayUnit = "openclaw-gateway.service";

/** Keeps the unit from starting as long as it is there; `stop_gateway` makes it. */
const heldFile = "/run/openclaw-gateway.held";

/** What the unit needs to know; absolute paths without spaces. */
export interface GatewayUnit {
  /** compose.yaml of the release that runs. */
  readonly composeFile: string;
  /** Mount point of the data volume. */
  readonly data: string;
}

/**
 * Renders the unit. `docker compose up` runs attached and ends with the container's own exit code. A container that
 * goes on without it (Compose killed, Docker restarted with live-restore) is attached to again, not started again.
 */
export const renderGatewayUnit = ({ composeFile, data }: GatewayUnit): string => `[Unit]
Description=OpenClaw Gateway
Documentation=https://docs.openclaw.ai
Wants=docker.service
After=docker.service
RequiresMountsFor=${data}
ConditionPathExists=${composeFile}
# There while a release copies the state: whoever starts the gateway then would write into what is read.
ConditionPathExists=!${heldFile}
StartLimitIntervalSec=0

[Service]
Type=exec
# Compose clears a terminal's line before each line of the container, even without a terminal.
ExecStart=/bin/bash -c "exec /usr/bin/docker compose --ansi never --progress plain --file ${composeFile} up --no-build --no-color --no-log-prefix --exit-code-from gateway gateway > >(exec sed --unbuffered 's/^\\\\x1b\\\\[2K//') 2>&1"
Restart=always
RestartSec=2
RestartSteps=6
RestartMaxDelaySec=60
# OpenClaw exits with 78 when its configuration, state or authentication is wrong: another start cannot mend that.
RestartPreventExitStatus=78
# Compose ends with 130 after SIGTERM, OpenClaw with 143 when it was still starting.
SuccessExitStatus=130 143
# OpenClaw closes within 330 s of SIGTERM; the signal goes to Compose only, which stops the container.
TimeoutStopSec=350
KillMode=mixed
StandardOutput=journal
StandardError=journal
SyslogIdentifier=openclaw-gateway

[Install]
WantedBy=multi-user.target
`;
