import { skynet } from "@skyloom/runtime";
import { sharetable } from "@skyloom/runtime/sharetable";
import { snax } from "@skyloom/runtime/snax";

interface State {
  readonly scores: Map<string, number>;
  readonly rules: Readonly<Record<string, number>>;
}

const rank = snax.define(
  function* (tableName: string) {
    const rules = (yield* sharetable.query(tableName)) as State["rules"];
    return { scores: new Map<string, number>(), rules };
  },
  {
    methods: ({ scores, rules }: State) => ({
      response: {
        top(n: number): string {
          const list = [...scores].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
          return list
            .slice(0, n)
            .map(([name, points]) => `${name} ${points}`)
            .join(", ");
        },
        add(name: string, what: string): number {
          const points = rules[what];
          if (points === undefined) throw new Error(`no rule for ${what}`);
          const sum = (scores.get(name) ?? 0) + points;
          scores.set(name, sum);
          return sum;
        },
      },
      accept: {
        forget(name: string) {
          scores.delete(name);
        },
      },
      exit(...args: unknown[]) {
        skynet.error("> rank ends", ...args);
      },
    }),
  },
);

export default rank;
