/** The client of the overhead measurement, in a process of its own: subscribes as the Services panel does, and reads everything. */
import { Packr } from "msgpackr";
import { WebSocket } from "ws";

const [url, token, mode] = process.argv.slice(2);
const packr = new Packr({ useRecords: false });
const ws = new WebSocket(url, "skynet-inspect.1");
const send = (frame) => ws.send(packr.pack(frame));
let ready = false;
ws.on("open", () => send({ type: "auth", v: 1, token }));
ws.on("message", (data) => {
  const frame = packr.unpack(data);
  if (frame.type === "hello") {
    send({ type: "sub", ch: "services", id: 1, hz: 1 });
    if (mode === "sample" || mode === "all") {
      send({ type: "sub", ch: "trace", id: 2, hz: 4 });
      send({ type: "do", rid: 1, cmd: "trace.start", args: [mode === "all" ? { kind: "all" } : { kind: "sample", n: 64 }] });
    }
  }
  if (frame.type === "done" && !frame.ok) throw new Error(frame.msg);
  if (frame.type === "delta" && !ready) {
    ready = true;
    process.send("ready");
  }
});
setInterval(() => ws.readyState === 1 && send({ type: "ping", t0: performance.now() }), 1500);
