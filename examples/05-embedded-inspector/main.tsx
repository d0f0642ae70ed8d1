/** A page that runs a node of its own, and shows the inspector beneath its own things. */
import { attachOverlay, createClient, Inspector, pageDial } from "@skyloom/devtools";
import "@skyloom/devtools/style.css";
import { createNode, defineService } from "@skyloom/runtime";
import { browserPorts } from "@skyloom/runtime/browser";
import { createAgent, nodeSource } from "@skyloom/runtime/inspect";
import { createRoot } from "react-dom/client";

const dice = defineService(() => {
  let rolls = 0;
  return { roll: (sides: number) => `Roll ${++rolls}: ${1 + Math.floor(Math.random() * sides)}` };
});

// The page's own business: a node, and a button that calls one of its services.
const ports = browserPorts();
const node = await createNode({ ports, services: { dice }, config: { start: "" } });
const cup = await node.newservice("dice");
if (cup === undefined) throw new Error("the dice did not start");
const rolled = document.getElementById("rolled")!;
document.getElementById("roll")!.addEventListener("click", () => {
  void node.call(cup, "lua", "roll", 6).then((text) => (rolled.textContent = String(text)));
});

// The inspector: an agent beside the node, a client of it, and the component.
const source = nodeSource({ mode: "browser", name: "dice", id: "dice-1", runtime: "0.1.0", nodes: [{ name: "page", node }] });
const dial = pageDial(createAgent(source, { clock: ports.clock, defer: (fn) => ports.defer(fn) }));
const client = createClient({ dial, title: "this page" });
client.connect();
createRoot(document.getElementById("inspector")!).render(<Inspector client={client} />);

// Or over the page, where there is no room for it: Ctrl+Shift+. opens and closes it.
attachOverlay({ dial });
