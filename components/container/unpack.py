"""Runs one stage on a host, as root. `stage["packed"]` is the document; see stage.ts, which sends this text along with it.

The stage is a transient systemd unit, so that it outlives this process, which only passes its output on. Stages wait for
one another. Their files lie in memory, readable by root only, and go when they end; what they said stays in
/var/log/openclaw.
"""

import base64
import os
import subprocess
import sys
import tempfile
import time
import zlib

os.umask(0o022)
stage = json.loads(zlib.decompress(base64.b64decode(stage["packed"])))
name = stage["name"]
directory = tempfile.mkdtemp(prefix=f"openclaw-{name}-", dir="/run")
log = os.path.join(directory, "log")

parameters = json.dumps(stage["parameters"], ensure_ascii=False, sort_keys=True)
own = {"alone.sh": {"content": stage["alone"], "mode": 0o755}}
files = {**stage["files"], **own, "parameters.json": {"content": parameters, "mode": 0o600}, "log": {"content": "", "mode": 0o600}}
for path, file in files.items():
    target = os.path.join(directory, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "x", encoding="utf-8") as opened:
        os.fchmod(opened.fileno(), file["mode"])
        opened.write(file["content"])

end = f"cd {directory}; [ ! -e after.sh ] || bash after.sh; "
keep = f"install -d -m 0700 /var/log/openclaw; mv -f {log} /var/log/openclaw/{name}.log; rm -rf {directory}"
unit = subprocess.Popen(
    [
        "systemd-run",
        "--quiet",
        "--wait",
        "--collect",
        "--service-type=exec",
        f"--unit={os.path.basename(directory)}",
        "--setenv=HOME=/root",
        "--setenv=LANG=C.UTF-8",
        # alone.sh ends before; this is for the day when it does not.
        "--property=RuntimeMaxSec=8000",
        f"--property=WorkingDirectory={directory}",
        f"--property=StandardOutput=append:{log}",
        f"--property=StandardError=append:{log}",
        f"--property=ExecStopPost=/bin/sh -c '{end}{keep}'",
        # By its interpreter: Debian mounts /run with noexec.
        "bash",
        os.path.join(directory, "alone.sh"),
        os.path.basename(directory),
        os.path.join(directory, stage["run"]),
    ],
    stdin=subprocess.DEVNULL,
)

with open(log, "rb") as output:
    while True:
        ended = unit.poll()
        said = output.read()
        sys.stdout.buffer.write(said)
        sys.stdout.buffer.flush()
        if ended is not None and not said:
            sys.exit(ended)
        time.sleep(0.05)
