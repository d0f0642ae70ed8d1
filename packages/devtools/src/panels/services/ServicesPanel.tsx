/**
 * The Services panel: every service of the host, live.
 *
 * @module
 */
import type { ReactElement } from "react";
import { TablePanel } from "../../widgets/table/TablePanel.tsx";
import { servicesView } from "./columns.tsx";
import { ServiceDrawer } from "./ServiceDrawer.tsx";

/** See the file's comment. */
export function ServicesPanel(): ReactElement {
  return (
    <TablePanel
      channel="services"
      meaning={servicesView}
      example="type:agent mqlen>10"
      empty={{
        title: "No services",
        text: "Nothing is running on this host. A service appears here as soon as the host launches it.",
      }}
      drawer={(close) => <ServiceDrawer onClose={close} />}
    />
  );
}
