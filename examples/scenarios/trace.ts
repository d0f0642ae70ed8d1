/** One request that passes through ten thousand handlers. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Scenario } from "./scenario.ts";

/** 1 root + 99 branches + 9,900 leaves. */
const BRANCHES = 99;
const LEAVES = 100;

export const trace: Scenario = {
  name: "trace-10000",
  title: "A trace of 10,000 spans",
  what: "One traced request makes 99 others, and each of those a hundred more.",
  expect: "silent",
  services: {
    seed: defineService((trunk: number) => {
      skynet.fork(() => skynet.call(trunk, "lua", "grow"));
    }),
    trunk: defineService((branch: number) => ({
      *grow() {
        skynet.trace("trunk");
        for (let i = 0; i < BRANCHES; i++) yield* skynet.call(branch, "lua", "grow");
        return BRANCHES;
      },
    })),
    branch: defineService((twig: number) => ({
      *grow() {
        for (let i = 0; i < LEAVES; i++) yield* skynet.call(twig, "lua", "grow", i);
      },
    })),
    twig: defineService(() => ({ grow: (i: number) => i })),
  },
  *start({ spawn }) {
    yield* spawn("seed", yield* spawn("trunk", yield* spawn("branch", yield* spawn("twig"))));
  },
};
