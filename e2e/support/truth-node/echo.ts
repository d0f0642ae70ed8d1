/** Says back what it is told. */
import { defineService } from "@skyloom/runtime";

export default defineService(() => ({ say: (n: number) => n }));
