/** Running a few lines as a service, for tests of the API. */
import { skynet } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";
import type { TestNodeOptions } from "@skyloom/runtime/testing";

/** Runs a generator in a service (handle 8) and gives what it said, and the log. */
export async function script(body: (say: (x: unknown) => void) => unknown, options: TestNodeOptions = {}) {
  const seen: unknown[] = [];
  const s = () => skynet.start(() => void skynet.fork(() => body((x) => void seen.push(x))));
  const echo = () => skynet.dispatch("lua", (_s, source, ...args: unknown[]) => void skynet.retpack(source, ...args));
  const t = await testNode({ ...options, services: { s, echo, ...options.services } });
  await t.newservice("s");
  t.advance(1000);
  const { log } = t;
  await t.stop();
  return { seen, log: log.join("\n") };
}

/** Code or name, and text, of what a function throws. */
export const thrown = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    return `${(error as { code?: string }).code ?? (error as Error).name}: ${(error as Error).message}`;
  }
  return "nothing thrown";
};
