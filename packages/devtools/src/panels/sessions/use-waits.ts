/**
 * The waits-for graph of now, for components.
 *
 * @module
 */
import { useEffect, useMemo } from "react";
import { useInspector, useVersion } from "../../widgets/hooks.ts";
import { joinWaits, readCalls, readEdges } from "./waits.ts";
import type { Waits } from "./waits.ts";

/** Follows both tables while mounted; joined anew with each change of either. */
export function useWaits(): Waits {
  const { client } = useInspector();
  useEffect(() => client.watch("waits"), [client]);
  useEffect(() => client.watch("sessions"), [client]);
  const sessions = client.table("sessions");
  const edges = client.table("waits");
  const [a, b] = [useVersion(sessions), useVersion(edges)];
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the tables' content is named by their versions
  return useMemo(() => joinWaits(readEdges(edges), readCalls(sessions)), [sessions, edges, a, b]);
}
