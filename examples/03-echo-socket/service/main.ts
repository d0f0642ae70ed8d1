/** Accepts connections and echoes every line. */
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";

export default function main(): void {
  skynet.start(function* () {
    const [listener, address, port] = yield* socket.listen("127.0.0.1", Number(skynet.getenv("echo_port") ?? 8001));
    skynet.error(`echo server on ${address}:${port}`);
    yield* socket.start(listener, (id, peer) => void skynet.fork(echo, id, peer));
  });
}

function* echo(id: number, peer: string): Operation<void> {
  skynet.error("connected", peer);
  yield* socket.start(id);
  for (;;) {
    const [line] = yield* socket.readline(id);
    if (line === false) break;
    socket.write(id, [line, "\n"]);
  }
  yield* socket.close(id);
  skynet.error("gone", peer);
}
