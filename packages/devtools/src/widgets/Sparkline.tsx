/**
 * A figure's last minutes as a line: no axes, the scale from 0 to the largest value; what is not known is a gap.
 *
 * @module
 */
import type { ReactElement } from "react";

const WIDTH = 160;
const HEIGHT = 28;

/** See the file's comment. `label` says in one sentence what a viewer would see. */
export function Sparkline(props: { readonly values: readonly number[]; readonly samples: number; readonly label: string }): ReactElement {
  const { values, samples } = props;
  const most = Math.max(1e-9, ...values.filter((v) => Number.isFinite(v)));
  const step = WIDTH / Math.max(1, samples - 1);
  let path = "";
  let pen = false;
  values.forEach((v, i) => {
    if (!Number.isFinite(v)) {
      pen = false;
      return;
    }
    const x = WIDTH - (values.length - 1 - i) * step;
    const y = HEIGHT - 1 - (v / most) * (HEIGHT - 3);
    path += `${pen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
  });
  return (
    <svg className="sk-spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={props.label}>
      <path d={path} />
    </svg>
  );
}
