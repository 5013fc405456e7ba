/** What is reachable, asked from outside: from the test's computer, or from a neighbour in the machine's own network. */
import type { BootedMachine } from "../../clouds/machines/machine.ts";

/** Of these ports, those at which an address answers somebody: refusing counts as an answer. */
export async function openPorts(from: BootedMachine, host: string, ports: readonly number[]): Promise<string[]> {
  const program = `
import concurrent.futures, socket, sys
def ask(port):
    family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
    with socket.socket(family) as it:
        it.settimeout(2)
        try:
            it.connect((sys.argv[1], port))
            return f"{port} open"
        except ConnectionRefusedError:
            return f"{port} refused"
        except OSError:
            return ""
with concurrent.futures.ThreadPoolExecutor(64) as pool:
    print("\\n".join(filter(None, pool.map(ask, map(int, sys.argv[2:])))))
`;
  const { output } = await from.exec(["python3", "-c", program, host, ...ports.map(String)]);
  return output.split("\n").filter((line) => line !== "");
}

/**
 * Sends a TCP SYN whose destination is an address that no router would bring here, straight to the other machine's
 * network card, as any neighbour can. Says whether the machine answered: `accepted`, `refused`, or `silent`.
 */
export async function knock(from: BootedMachine, to: BootedMachine, address: string, port: number): Promise<string> {
  const card = (await to.shell("cat /sys/class/net/eth0/address")).trim();
  const program = `
import random, socket, struct, sys, time
to_card, source, target, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
def total(data):
    data += b"\\0" * (len(data) % 2)
    words = sum(struct.unpack(f"!{len(data) // 2}H", data))
    words = (words >> 16) + (words & 0xffff)
    return ~(words + (words >> 16)) & 0xffff
card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
card.bind(("eth0", 0))
mine = card.getsockname()[4]
here = random.randrange(20000, 60000)
addresses = socket.inet_aton(source) + socket.inet_aton(target)
tcp = struct.pack("!HHIIBBHHH", here, port, 1000, 0, 0x50, 0x02, 65535, 0, 0)
tcp = tcp[:16] + struct.pack("!H", total(addresses + struct.pack("!BBH", 0, 6, len(tcp)) + tcp)) + tcp[18:]
ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + addresses
ip = ip[:10] + struct.pack("!H", total(ip)) + ip[12:]
card.send(bytes.fromhex(to_card.replace(":", "")) + mine + b"\\x08\\x00" + ip + tcp)
card.settimeout(0.2)
deadline = time.time() + 2
while time.time() < deadline:
    try:
        frame = card.recv(2000)
    except TimeoutError:
        continue
    head = 14 + (frame[14] & 15) * 4
    if frame[23] == 6 and struct.unpack("!HH", frame[head:head + 4]) == (port, here):
        print("refused" if frame[head + 13] & 4 else "accepted")
        break
else:
    print("silent")
`;
  const { output } = await from.exec(["python3", "-c", program, card, from.address, address, String(port)]);
  return output.trim();
}
