/**
 * How different two pictures look: both are shrunk to a coarse grid of brightness, so that other fonts and a pixel here or there do not count,
 * but a panel that is empty, shifted or in the wrong colours does.
 */

const COLUMNS = 48;
const ROWS = 32;

/** Brightness of each cell, 0 to 255, computed by a page of the browser. */
async function grid(page, png) {
  return page.evaluate(
    async ([data, columns, rows]) => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
      const canvas = new OffscreenCanvas(columns, rows);
      const context = canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, columns, rows);
      const { data: pixels } = context.getImageData(0, 0, columns, rows);
      const cells = [];
      for (let i = 0; i < pixels.length; i += 4) cells.push(0.299 * pixels[i] + 0.587 * pixels[i + 1] + 0.114 * pixels[i + 2]);
      return cells;
    },
    [png.toString("base64"), COLUMNS, ROWS],
  );
}

/** Mean and largest difference of the cells, in steps of brightness (0 to 255). */
export async function difference(page, a, b) {
  const [x, y] = [await grid(page, a), await grid(page, b)];
  const apart = x.map((v, i) => Math.abs(v - y[i]));
  return { mean: apart.reduce((n, d) => n + d, 0) / apart.length, largest: Math.max(...apart) };
}
