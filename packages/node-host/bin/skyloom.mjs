#!/usr/bin/env node
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`skyloom needs Node 20.19 or newer; this is Node ${process.versions.node}`);
  process.exit(1);
}
const { main } = await import("../dist/cli/main.js").catch((error) => {
  if (error.code !== "ERR_MODULE_NOT_FOUND" || !String(error.message).includes("dist")) throw error;
  console.error("skyloom is not built: run npm run build in the folder of the repository");
  process.exit(1);
});
process.exit(await main(process.argv.slice(2)));
