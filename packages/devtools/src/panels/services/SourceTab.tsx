/**
 * Where a service comes from: its launch line, who launched it, and when.
 *
 * @module
 */
import type { ReactElement } from "react";
import { Answer, useAnswer } from "../../widgets/Answer.tsx";
import { Fact, Facts } from "../../widgets/Drawer.tsx";
import { bytes } from "../../widgets/format.ts";
import { useConnection } from "../../widgets/hooks.ts";
import { hostTime } from "../../widgets/host-time.ts";
import { ServiceLink } from "../../widgets/ServiceLink.tsx";
import type { Shown } from "./ServiceDrawer.tsx";

interface Source {
  readonly node: string;
  readonly kind: string;
  readonly launch: string;
  /** Handle of who launched it; 0 for nobody. */
  readonly parent: number;
  readonly parentName: string;
  readonly startUs: number;
  /** In bytes; 0 for none. */
  readonly memoryLimit: number;
}

/** See the file's comment. */
export function SourceTab({ of }: { readonly of: Shown }): ReactElement {
  // It does not change while the service lives.
  const asked = useAnswer<Source>(of.alive ? "source" : undefined, of.alive ? [of.addr, of.node] : [], 0);
  const time = hostTime(useConnection);
  if (!of.alive && asked.value === undefined)
    return <p className="sk-dim">The service has ended; where it came from was not asked before.</p>;
  return (
    <Answer of={asked}>
      {(s) => (
        <Facts>
          <Fact name="Launch line">
            <code>{s.launch}</code>
          </Fact>
          <Fact name="Kind">{s.kind}</Fact>
          <Fact name="Node">{s.node}</Fact>
          <Fact name="Launched by">
            {s.parent > 0 ? <ServiceLink addr={s.parent} name={s.parentName} node={of.node} /> : "the node itself"}
          </Fact>
          <Fact name="Launched at">{time(s.startUs)}</Fact>
          <Fact name="Memory limit">{s.memoryLimit > 0 && Number.isFinite(s.memoryLimit) ? bytes(s.memoryLimit) : "none"}</Fact>
        </Facts>
      )}
    </Answer>
  );
}
