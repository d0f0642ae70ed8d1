/**
 * An address and a name that lead to the service.
 *
 * @module
 */
import type { ReactElement } from "react";
import { formatAddress } from "../stores/channels.ts";
import { homeRoute } from "../stores/route.ts";
import { navigate } from "../stores/view.ts";
import { useInspector } from "./hooks.ts";

/** See the file's comment. */
export function ServiceLink(props: { readonly addr: number; readonly name: string; readonly node: string }): ReactElement {
  const { client, view } = useInspector();
  const address = formatAddress(props.addr);
  const many = client.table("services").manyNodes;
  return (
    <button
      type="button"
      className="sk-link"
      onClick={() => {
        view.setState({ drawer: true });
        const sel = many && props.node !== "" ? `${address}@${props.node}` : address;
        navigate(view, { ...homeRoute, rest: view.getState().route.rest, panel: "services", sel }, "push");
      }}
    >
      <span className="sk-mono">{address}</span> {props.name}
    </button>
  );
}
