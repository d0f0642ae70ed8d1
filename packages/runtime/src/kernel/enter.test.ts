import { expect, it } from "vitest";
import { simPorts } from "@skyloom/runtime/testing";
import { Kernel } from "./kernel.ts";

it("runs the services an event of the host made ready, also when the event itself throws", () => {
  const ports = simPorts();
  const seen: number[] = [];
  const kinds = { probe: () => ({ callback: (type: number) => void seen.push(type) }) };
  const kernel = new Kernel({ ports, harbor: 0, env: {}, kinds });
  const handle = kernel.launch("probe", [])!;
  const event = (type: number) => () => {
    kernel.post(handle, type, 0, 0, undefined, 0);
    if (type === 2) throw new Error("the host's own mistake");
  };
  kernel.enter(event(1));
  expect(() => kernel.enter(event(2))).toThrow("the host's own mistake");
  ports.clock.advance(10);
  expect(seen).toEqual([1, 2]);
});
