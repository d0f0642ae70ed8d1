/**
 * When and why a service ended, asked of the host once it is gone.
 *
 * @module
 */
import type { EndAnswer } from "@skyloom/runtime/inspect";
import { useAnswer } from "../../widgets/Answer.tsx";
import type { Selected } from "../../widgets/Drawer.tsx";
import { useConnection } from "../../widgets/hooks.ts";
import { hostTime } from "../../widgets/host-time.ts";

/** `at 12:30:01.250: it ended itself`; `undefined` while it lives, and where the host does not know. */
export function useEnd(selected: Selected): string | undefined {
  const time = hostTime(useConnection);
  const named = selected.ended || selected.row < 0 ? /^:([0-9a-f]{8})(?:@(.+))?$/.exec(selected.id ?? "") : null;
  const args = named === null ? [] : [Number.parseInt(named[1]!, 16), ...(named[2] === undefined ? [] : [named[2]])];
  const { value } = useAnswer<EndAnswer>(named === null ? undefined : "ended", args, 0);
  return value?.known === true ? `at ${time(value.atUs)}: ${value.reason}` : undefined;
}
