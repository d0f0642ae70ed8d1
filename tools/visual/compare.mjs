/**
 * Compares pictures as somebody does who stands far away: each is shrunk to a grid of brightness, so that another font changes little, and a
 * panel that is missing or a broken layout much.
 */

/** Cells across and down. */
export const grid = { width: 48, height: 32 };
/** What may differ between two grids, of 255. */
export const limits = { mean: 4, largest: 90 };

/**
 * How two grids differ: the mean of all cells, the largest of them, and what is wrong with that, if anything.
 *
 * @param a - Brightness by cell, 0 to 255, row by row.
 * @param b - The same of the other picture.
 */
export function difference(a, b) {
  const cells = grid.width * grid.height;
  if (a.length !== cells || b.length !== cells) throw new RangeError(`a grid has ${cells} cells, not ${a.length} and ${b.length}`);
  let sum = 0;
  let largest = 0;
  let at = 0;
  for (let i = 0; i < cells; i++) {
    const d = Math.abs(a[i] - b[i]);
    sum += d;
    if (d > largest) [largest, at] = [d, i];
  }
  const mean = sum / cells;
  const faults = [];
  if (mean > limits.mean) faults.push(`the mean difference is ${mean.toFixed(1)}, more than ${limits.mean}`);
  if (largest > limits.largest)
    faults.push(`cell ${at % grid.width},${Math.floor(at / grid.width)} differs by ${Math.round(largest)}, more than ${limits.largest}`);
  return { mean, largest, fault: faults.length === 0 ? undefined : faults.join("; ") };
}

/** Shrinks a WebP picture. @param page - Any page of a browser, for it can decode pictures; what it shows is lost. */
export async function gridOf(page, bytes) {
  const address = `data:image/webp;base64,${Buffer.from(bytes).toString("base64")}`;
  return page.evaluate(
    async ({ address: url, width, height }) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      const full = new OffscreenCanvas(image.width, image.height).getContext("2d");
      full.drawImage(image, 0, 0);
      const { data } = full.getImageData(0, 0, image.width, image.height);
      const sums = new Float64Array(width * height);
      const counts = new Float64Array(width * height);
      for (let y = 0; y < image.height; y++)
        for (let x = 0; x < image.width; x++) {
          const cell = Math.floor((y * height) / image.height) * width + Math.floor((x * width) / image.width);
          const i = 4 * (y * image.width + x);
          sums[cell] += 0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2];
          counts[cell]++;
        }
      return Array.from(sums, (sum, i) => sum / counts[i]);
    },
    { address, ...grid },
  );
}
