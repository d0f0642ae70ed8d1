/** The client of the overhead measurement, in a process of its own: is told a mode, brings the host into it, says when that is so. */
import { Packr } from "msgpackr";
import { WebSocket } from "ws";

const [url, token] = process.argv.slice(2);
const packr = new Packr({ useRecords: false });
const MODES = { sample: { kind: "sample", n: 64 }, all: { kind: "all" } };
let ws;
let pinging;

/** Subscribes as the Services panel does, and reads everything. */
function attach(mode) {
  ws = new WebSocket(url, "skynet-inspect.1");
  const send = (frame) => ws.send(packr.pack(frame));
  pinging = setInterval(() => ws.readyState === 1 && send({ type: "ping", t0: performance.now() }), 1500);
  let keyed = false;
  let traced = MODES[mode] === undefined;
  ws.on("open", () => send({ type: "auth", v: 1, token }));
  ws.on("message", (data) => {
    const frame = packr.unpack(data);
    if (frame.type === "hello") {
      send({ type: "sub", ch: "services", id: 1, hz: 1 });
      if (!traced) {
        send({ type: "sub", ch: "trace", id: 2, hz: 4 });
        send({ type: "do", rid: 1, cmd: "trace.start", args: [MODES[mode]] });
      }
    }
    if (frame.type === "done") {
      if (!frame.ok) throw new Error(frame.msg);
      traced = true;
    }
    if (frame.type === "delta") keyed = true;
    if (keyed && traced && frame.type !== "said") {
      keyed = false;
      process.send("ready");
    }
  });
}

process.on("message", (mode) => {
  clearInterval(pinging);
  const before = ws;
  ws = undefined;
  if (before === undefined) attach(mode);
  else {
    before.removeAllListeners("message");
    before.on("message", () => undefined);
    before.once("close", () => (mode === "off" ? setTimeout(() => process.send("ready"), 100) : attach(mode)));
    before.close();
  }
});
