/** The page: starts the worker, hands it a port, and shows what is at the other end. */
import { createClient, Inspector, portDial } from "@skyloom/devtools";
import "@skyloom/devtools/style.css";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

const worker = new Worker(new URL("./node.ts", import.meta.url), { type: "module" });
await new Promise((resolve) => worker.addEventListener("message", resolve, { once: true }));
const { port1, port2 } = new MessageChannel();
worker.postMessage({ port: port2 }, [port2]);
const client = createClient({ dial: portDial(port1), title: "worker" });
client.connect();
createRoot(document.getElementById("inspector")!).render(createElement(Inspector, { client }));
Object.assign(globalThis, { worker });
