/** A real node in a process of its own, so that a test can stop it in the middle, or end it without a word. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { token } from "./inspector-page.ts";

const program = fileURLToPath(new URL("../../packages/node-host/bin/skyloom.mjs", import.meta.url));
const config = fileURLToPath(new URL("truth-node/skyloom.config.json", import.meta.url));
/** Longest wait for its address. */
const START_MS = 20_000;

/** The process. */
export interface ChildHost {
  /** Where its inspector listens, as `c` of the page's address names it. */
  readonly address: string;
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
  /** Ends it, whatever state it is in. */
  close(): Promise<void>;
}

/** Starts it. @param origin - Of the page that looks at it. */
export async function startChildHost(origin: string): Promise<ChildHost> {
  const child = spawn(
    process.execPath,
    [program, "start", config, "--inspect=127.0.0.1:0", "--inspect-scope", "danger", "--inspect-origin", origin],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, SKYLOOM_INSPECT_TOKEN: token } },
  );
  const exited = new Promise((resolve) => child.on("exit", resolve));
  let out = "";
  const port = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the host printed no address:\n${out}`)), START_MS);
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part: Buffer) => {
        out += part.toString();
        const found = /inspector: http:\/\/127\.0\.0\.1:(\d+)\//.exec(out)?.[1];
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
      });
  });
  return {
    address: `ws://127.0.0.1:${port}/inspect`,
    signal: (name) => void child.kill(name),
    close: async () => {
      // A stopped process takes no other signal than this one.
      child.kill("SIGKILL");
      await exited;
    },
  };
}
